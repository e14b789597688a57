# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_mia_feed_global_optspecs
    string join \n o/output= f/force only= drop= schema since= until= limit= max-line= max-bad= config= profile= set= print-config q/quiet v/verbose color= progress= h/help V/version
end

function __fish_mia_feed_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_mia_feed_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_mia_feed_using_subcommand
    set -l cmd (__fish_mia_feed_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c mia-feed -n "__fish_mia_feed_needs_command" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-feed -n "__fish_mia_feed_needs_command" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-feed -n "__fish_mia_feed_needs_command" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-feed -n "__fish_mia_feed_needs_command" -l since -d 'Use records from TIME on' -r
complete -c mia-feed -n "__fish_mia_feed_needs_command" -l until -d 'Use records before TIME' -r
complete -c mia-feed -n "__fish_mia_feed_needs_command" -l limit -d 'Use at most N records' -r
complete -c mia-feed -n "__fish_mia_feed_needs_command" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-feed -n "__fish_mia_feed_needs_command" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-feed -n "__fish_mia_feed_needs_command" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-feed -n "__fish_mia_feed_needs_command" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-feed -n "__fish_mia_feed_needs_command" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-feed -n "__fish_mia_feed_needs_command" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-feed -n "__fish_mia_feed_needs_command" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-feed -n "__fish_mia_feed_needs_command" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-feed -n "__fish_mia_feed_needs_command" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-feed -n "__fish_mia_feed_needs_command" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-feed -n "__fish_mia_feed_needs_command" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-feed -n "__fish_mia_feed_needs_command" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-feed -n "__fish_mia_feed_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-feed -n "__fish_mia_feed_needs_command" -s V -l version -d 'Print version'
complete -c mia-feed -n "__fish_mia_feed_needs_command" -f -a "replay" -d 'Replay recordings (NDJSON)'
complete -c mia-feed -n "__fish_mia_feed_needs_command" -f -a "csv" -d 'Read trades or bars from CSV files'
complete -c mia-feed -n "__fish_mia_feed_needs_command" -f -a "synth" -d 'Make up sessions: seeded, and every record says that it is synthetic'
complete -c mia-feed -n "__fish_mia_feed_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand replay" -l speed -d 'Let recorded time pass SPEED times as fast as real time; without it, as fast as possible' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand replay" -l phase -d 'Mark the records as history that only prepares state, or as to be acted on' -r -f -a "warmup\t'Prepare state only'
run\t'To be acted on'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand replay" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-feed -n "__fish_mia_feed_using_subcommand replay" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-feed -n "__fish_mia_feed_using_subcommand replay" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-feed -n "__fish_mia_feed_using_subcommand replay" -l since -d 'Use records from TIME on' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand replay" -l until -d 'Use records before TIME' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand replay" -l limit -d 'Use at most N records' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand replay" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand replay" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand replay" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-feed -n "__fish_mia_feed_using_subcommand replay" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand replay" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand replay" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand replay" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand replay" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand replay" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand replay" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand replay" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand replay" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand replay" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -l dialect -d 'Layout of the files; without it the header tells' -r -f -a "es-ticks\t'ES trades without side; Chicago time, milliseconds'
sierra-5m\t'5-minute bars with volume at bid and ask; Chicago time of the bar\'s start'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -l sym -d 'Contract of files that name none, for example ESU13' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -l phase -d 'Mark the records as history that only prepares state, or as to be acted on' -r -f -a "warmup\t'Prepare state only'
run\t'To be acted on'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -l since -d 'Use records from TIME on' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -l until -d 'Use records before TIME' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -l limit -d 'Use at most N records' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l seed -d 'Seed: the same options and seed give the same bytes' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l from -d 'First trade date' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l sessions -d 'Number of sessions' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l sym -d 'Contract; without it the front contract of the date' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l start -d 'First price, points' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l rate -d 'Mean trades a second in regular hours' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l vol -d 'Volatility a year, for example 0.14' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l depth -d 'Levels of depth on each side' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l index-every -d 'Seconds between SPX and VIX prints; 0 for none' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l plant -d 'Put a pattern at a New York time, for example va_rejection@2026-03-10:11:00:sell' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l phase -d 'Mark the records as history that only prepares state, or as to be acted on' -r -f -a "warmup\t'Prepare state only'
run\t'To be acted on'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l since -d 'Use records from TIME on' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l until -d 'Use records before TIME' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l limit -d 'Use at most N records' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l no-chain -d 'Leave out the daily option chain'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand help; and not __fish_seen_subcommand_from replay csv synth help" -f -a "replay" -d 'Replay recordings (NDJSON)'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand help; and not __fish_seen_subcommand_from replay csv synth help" -f -a "csv" -d 'Read trades or bars from CSV files'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand help; and not __fish_seen_subcommand_from replay csv synth help" -f -a "synth" -d 'Make up sessions: seeded, and every record says that it is synthetic'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand help; and not __fish_seen_subcommand_from replay csv synth help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
