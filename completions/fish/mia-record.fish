# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_mia_record_global_optspecs
    string join \n fsync= on-disk-error= store-only= store-drop= frame= level= o/output= f/force only= drop= schema since= until= limit= max-line= max-bad= config= profile= set= print-config q/quiet v/verbose color= progress= h/help V/version
end

function __fish_mia_record_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_mia_record_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_mia_record_using_subcommand
    set -l cmd (__fish_mia_record_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c mia-record -n "__fish_mia_record_needs_command" -l fsync -d 'When lines are forced to the disk: always, never, or every so many seconds' -r
complete -c mia-record -n "__fish_mia_record_needs_command" -l on-disk-error -d 'What to do when the store cannot be written' -r -f -a "stop\t'End with 73 once what was read is passed on'
pass\t'Go on passing records on, and end with 73 at the end of the input'"
complete -c mia-record -n "__fish_mia_record_needs_command" -l store-only -d 'Store only records of these kinds' -r -f -a "trade\t''
quote\t''
depth\t''
bar\t''
stream\t''
option\t''
chain\t''
index\t''
clock\t''
status\t''
features\t''
levels\t''
footprint\t''
gex\t''
signal\t''
scores\t''
explain\t''
verdict\t''
order\t''
acct\t''
seal\t''
ack\t''
fill\t''
cancel\t''
reject\t''
position\t''
account\t''
roundtrip\t''
alert\t''"
complete -c mia-record -n "__fish_mia_record_needs_command" -l store-drop -d 'Do not store records of these kinds' -r -f -a "trade\t''
quote\t''
depth\t''
bar\t''
stream\t''
option\t''
chain\t''
index\t''
clock\t''
status\t''
features\t''
levels\t''
footprint\t''
gex\t''
signal\t''
scores\t''
explain\t''
verdict\t''
order\t''
acct\t''
seal\t''
ack\t''
fill\t''
cancel\t''
reject\t''
position\t''
account\t''
roundtrip\t''
alert\t''"
complete -c mia-record -n "__fish_mia_record_needs_command" -l frame -d 'Length of a frame before compression (suffixes K and M): what a reader decompresses to seek' -r
complete -c mia-record -n "__fish_mia_record_needs_command" -l level -d 'Level of compression, 1 to 19' -r
complete -c mia-record -n "__fish_mia_record_needs_command" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-record -n "__fish_mia_record_needs_command" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
quote\t''
depth\t''
bar\t''
stream\t''
option\t''
chain\t''
index\t''
clock\t''
status\t''
features\t''
levels\t''
footprint\t''
gex\t''
signal\t''
scores\t''
explain\t''
verdict\t''
order\t''
acct\t''
seal\t''
ack\t''
fill\t''
cancel\t''
reject\t''
position\t''
account\t''
roundtrip\t''
alert\t''"
complete -c mia-record -n "__fish_mia_record_needs_command" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
quote\t''
depth\t''
bar\t''
stream\t''
option\t''
chain\t''
index\t''
clock\t''
status\t''
features\t''
levels\t''
footprint\t''
gex\t''
signal\t''
scores\t''
explain\t''
verdict\t''
order\t''
acct\t''
seal\t''
ack\t''
fill\t''
cancel\t''
reject\t''
position\t''
account\t''
roundtrip\t''
alert\t''"
complete -c mia-record -n "__fish_mia_record_needs_command" -l since -d 'Use records from TIME on' -r
complete -c mia-record -n "__fish_mia_record_needs_command" -l until -d 'Use records before TIME' -r
complete -c mia-record -n "__fish_mia_record_needs_command" -l limit -d 'Use at most N records' -r
complete -c mia-record -n "__fish_mia_record_needs_command" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-record -n "__fish_mia_record_needs_command" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-record -n "__fish_mia_record_needs_command" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-record -n "__fish_mia_record_needs_command" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-record -n "__fish_mia_record_needs_command" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-record -n "__fish_mia_record_needs_command" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-record -n "__fish_mia_record_needs_command" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-record -n "__fish_mia_record_needs_command" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-record -n "__fish_mia_record_needs_command" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-record -n "__fish_mia_record_needs_command" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-record -n "__fish_mia_record_needs_command" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-record -n "__fish_mia_record_needs_command" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-record -n "__fish_mia_record_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-record -n "__fish_mia_record_needs_command" -s V -l version -d 'Print version'
complete -c mia-record -n "__fish_mia_record_needs_command" -a "verify" -d 'Check every byte: checksums, index against frames, what a crash left behind'
complete -c mia-record -n "__fish_mia_record_needs_command" -a "cat" -d 'Print the lines of a store as the bytes that were recorded'
complete -c mia-record -n "__fish_mia_record_needs_command" -a "compact" -d 'Turn the parts of finished sessions into one, smaller, after comparing both'
complete -c mia-record -n "__fish_mia_record_needs_command" -a "export" -d 'Write a table a kind as Parquet or CSV'
complete -c mia-record -n "__fish_mia_record_needs_command" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mia-record -n "__fish_mia_record_using_subcommand verify" -l date -d 'Only the session of this trade date; may be given more than once' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand verify" -l last -d 'Only the last sessions: 5d by the calendar, 5 that are stored' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand verify" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-record -n "__fish_mia_record_using_subcommand verify" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
quote\t''
depth\t''
bar\t''
stream\t''
option\t''
chain\t''
index\t''
clock\t''
status\t''
features\t''
levels\t''
footprint\t''
gex\t''
signal\t''
scores\t''
explain\t''
verdict\t''
order\t''
acct\t''
seal\t''
ack\t''
fill\t''
cancel\t''
reject\t''
position\t''
account\t''
roundtrip\t''
alert\t''"
complete -c mia-record -n "__fish_mia_record_using_subcommand verify" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
quote\t''
depth\t''
bar\t''
stream\t''
option\t''
chain\t''
index\t''
clock\t''
status\t''
features\t''
levels\t''
footprint\t''
gex\t''
signal\t''
scores\t''
explain\t''
verdict\t''
order\t''
acct\t''
seal\t''
ack\t''
fill\t''
cancel\t''
reject\t''
position\t''
account\t''
roundtrip\t''
alert\t''"
complete -c mia-record -n "__fish_mia_record_using_subcommand verify" -l since -d 'Use records from TIME on' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand verify" -l until -d 'Use records before TIME' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand verify" -l limit -d 'Use at most N records' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand verify" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand verify" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand verify" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-record -n "__fish_mia_record_using_subcommand verify" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand verify" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand verify" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-record -n "__fish_mia_record_using_subcommand verify" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-record -n "__fish_mia_record_using_subcommand verify" -l repair -d 'Finish what crashes left unfinished, and cut parts that have lost their end back to what is whole; torn bytes are kept beside them'
complete -c mia-record -n "__fish_mia_record_using_subcommand verify" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-record -n "__fish_mia_record_using_subcommand verify" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-record -n "__fish_mia_record_using_subcommand verify" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-record -n "__fish_mia_record_using_subcommand verify" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-record -n "__fish_mia_record_using_subcommand verify" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-record -n "__fish_mia_record_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-record -n "__fish_mia_record_using_subcommand cat" -l date -d 'Only the session of this trade date; may be given more than once' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand cat" -l last -d 'Only the last sessions: 5d by the calendar, 5 that are stored' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand cat" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-record -n "__fish_mia_record_using_subcommand cat" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
quote\t''
depth\t''
bar\t''
stream\t''
option\t''
chain\t''
index\t''
clock\t''
status\t''
features\t''
levels\t''
footprint\t''
gex\t''
signal\t''
scores\t''
explain\t''
verdict\t''
order\t''
acct\t''
seal\t''
ack\t''
fill\t''
cancel\t''
reject\t''
position\t''
account\t''
roundtrip\t''
alert\t''"
complete -c mia-record -n "__fish_mia_record_using_subcommand cat" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
quote\t''
depth\t''
bar\t''
stream\t''
option\t''
chain\t''
index\t''
clock\t''
status\t''
features\t''
levels\t''
footprint\t''
gex\t''
signal\t''
scores\t''
explain\t''
verdict\t''
order\t''
acct\t''
seal\t''
ack\t''
fill\t''
cancel\t''
reject\t''
position\t''
account\t''
roundtrip\t''
alert\t''"
complete -c mia-record -n "__fish_mia_record_using_subcommand cat" -l since -d 'Use records from TIME on' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand cat" -l until -d 'Use records before TIME' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand cat" -l limit -d 'Use at most N records' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand cat" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand cat" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand cat" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-record -n "__fish_mia_record_using_subcommand cat" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand cat" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand cat" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-record -n "__fish_mia_record_using_subcommand cat" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-record -n "__fish_mia_record_using_subcommand cat" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-record -n "__fish_mia_record_using_subcommand cat" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-record -n "__fish_mia_record_using_subcommand cat" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-record -n "__fish_mia_record_using_subcommand cat" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-record -n "__fish_mia_record_using_subcommand cat" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-record -n "__fish_mia_record_using_subcommand cat" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-record -n "__fish_mia_record_using_subcommand compact" -l date -d 'Only the session of this trade date; may be given more than once' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand compact" -l last -d 'Only the last sessions: 5d by the calendar, 5 that are stored' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand compact" -l level -d 'Level of compression, 1 to 22' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand compact" -l frame -d 'Length of a frame before compression (suffixes K and M)' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand compact" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-record -n "__fish_mia_record_using_subcommand compact" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
quote\t''
depth\t''
bar\t''
stream\t''
option\t''
chain\t''
index\t''
clock\t''
status\t''
features\t''
levels\t''
footprint\t''
gex\t''
signal\t''
scores\t''
explain\t''
verdict\t''
order\t''
acct\t''
seal\t''
ack\t''
fill\t''
cancel\t''
reject\t''
position\t''
account\t''
roundtrip\t''
alert\t''"
complete -c mia-record -n "__fish_mia_record_using_subcommand compact" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
quote\t''
depth\t''
bar\t''
stream\t''
option\t''
chain\t''
index\t''
clock\t''
status\t''
features\t''
levels\t''
footprint\t''
gex\t''
signal\t''
scores\t''
explain\t''
verdict\t''
order\t''
acct\t''
seal\t''
ack\t''
fill\t''
cancel\t''
reject\t''
position\t''
account\t''
roundtrip\t''
alert\t''"
complete -c mia-record -n "__fish_mia_record_using_subcommand compact" -l since -d 'Use records from TIME on' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand compact" -l until -d 'Use records before TIME' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand compact" -l limit -d 'Use at most N records' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand compact" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand compact" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand compact" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-record -n "__fish_mia_record_using_subcommand compact" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand compact" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand compact" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-record -n "__fish_mia_record_using_subcommand compact" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-record -n "__fish_mia_record_using_subcommand compact" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-record -n "__fish_mia_record_using_subcommand compact" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-record -n "__fish_mia_record_using_subcommand compact" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-record -n "__fish_mia_record_using_subcommand compact" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-record -n "__fish_mia_record_using_subcommand compact" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-record -n "__fish_mia_record_using_subcommand compact" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-record -n "__fish_mia_record_using_subcommand export" -l date -d 'Only the session of this trade date; may be given more than once' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand export" -l last -d 'Only the last sessions: 5d by the calendar, 5 that are stored' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand export" -l parquet -d 'Write PATH/trade.parquet, PATH/quote.parquet and so on' -r -F
complete -c mia-record -n "__fish_mia_record_using_subcommand export" -l csv -d 'Write PATH/trade.csv, PATH/quote.csv and so on' -r -F
complete -c mia-record -n "__fish_mia_record_using_subcommand export" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-record -n "__fish_mia_record_using_subcommand export" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
quote\t''
depth\t''
bar\t''
stream\t''
option\t''
chain\t''
index\t''
clock\t''
status\t''
features\t''
levels\t''
footprint\t''
gex\t''
signal\t''
scores\t''
explain\t''
verdict\t''
order\t''
acct\t''
seal\t''
ack\t''
fill\t''
cancel\t''
reject\t''
position\t''
account\t''
roundtrip\t''
alert\t''"
complete -c mia-record -n "__fish_mia_record_using_subcommand export" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
quote\t''
depth\t''
bar\t''
stream\t''
option\t''
chain\t''
index\t''
clock\t''
status\t''
features\t''
levels\t''
footprint\t''
gex\t''
signal\t''
scores\t''
explain\t''
verdict\t''
order\t''
acct\t''
seal\t''
ack\t''
fill\t''
cancel\t''
reject\t''
position\t''
account\t''
roundtrip\t''
alert\t''"
complete -c mia-record -n "__fish_mia_record_using_subcommand export" -l since -d 'Use records from TIME on' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand export" -l until -d 'Use records before TIME' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand export" -l limit -d 'Use at most N records' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand export" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand export" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand export" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-record -n "__fish_mia_record_using_subcommand export" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand export" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-record -n "__fish_mia_record_using_subcommand export" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-record -n "__fish_mia_record_using_subcommand export" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-record -n "__fish_mia_record_using_subcommand export" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-record -n "__fish_mia_record_using_subcommand export" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-record -n "__fish_mia_record_using_subcommand export" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-record -n "__fish_mia_record_using_subcommand export" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-record -n "__fish_mia_record_using_subcommand export" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-record -n "__fish_mia_record_using_subcommand export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-record -n "__fish_mia_record_using_subcommand help; and not __fish_seen_subcommand_from verify cat compact export help" -f -a "verify" -d 'Check every byte: checksums, index against frames, what a crash left behind'
complete -c mia-record -n "__fish_mia_record_using_subcommand help; and not __fish_seen_subcommand_from verify cat compact export help" -f -a "cat" -d 'Print the lines of a store as the bytes that were recorded'
complete -c mia-record -n "__fish_mia_record_using_subcommand help; and not __fish_seen_subcommand_from verify cat compact export help" -f -a "compact" -d 'Turn the parts of finished sessions into one, smaller, after comparing both'
complete -c mia-record -n "__fish_mia_record_using_subcommand help; and not __fish_seen_subcommand_from verify cat compact export help" -f -a "export" -d 'Write a table a kind as Parquet or CSV'
complete -c mia-record -n "__fish_mia_record_using_subcommand help; and not __fish_seen_subcommand_from verify cat compact export help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
