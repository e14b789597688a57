# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_mia_exec_global_optspecs
    string join \n live account= gate= model= state= kill-file= o/output= f/force only= drop= schema since= until= limit= max-line= max-bad= config= profile= set= print-config q/quiet v/verbose color= progress= h/help V/version
end

function __fish_mia_exec_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_mia_exec_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_mia_exec_using_subcommand
    set -l cmd (__fish_mia_exec_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c mia-exec -n "__fish_mia_exec_needs_command" -l account -d 'The broker\'s account, as in account.name of the settings' -r
complete -c mia-exec -n "__fish_mia_exec_needs_command" -l gate -d 'The gate file of the report that permits live trading' -r -F
complete -c mia-exec -n "__fish_mia_exec_needs_command" -l model -d 'The model that scores the signals, if one does: the gate must be of the same' -r -F
complete -c mia-exec -n "__fish_mia_exec_needs_command" -l state -d 'The state folder of mia-risk, with the key of its seals (default: the one that live data use)' -r -f -a "(__fish_complete_directories)"
complete -c mia-exec -n "__fish_mia_exec_needs_command" -l kill-file -d 'Trade nothing while FILE is there' -r -F
complete -c mia-exec -n "__fish_mia_exec_needs_command" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-exec -n "__fish_mia_exec_needs_command" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-exec -n "__fish_mia_exec_needs_command" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-exec -n "__fish_mia_exec_needs_command" -l since -d 'Use records from TIME on' -r
complete -c mia-exec -n "__fish_mia_exec_needs_command" -l until -d 'Use records before TIME' -r
complete -c mia-exec -n "__fish_mia_exec_needs_command" -l limit -d 'Use at most N records' -r
complete -c mia-exec -n "__fish_mia_exec_needs_command" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-exec -n "__fish_mia_exec_needs_command" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-exec -n "__fish_mia_exec_needs_command" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-exec -n "__fish_mia_exec_needs_command" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-exec -n "__fish_mia_exec_needs_command" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-exec -n "__fish_mia_exec_needs_command" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-exec -n "__fish_mia_exec_needs_command" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-exec -n "__fish_mia_exec_needs_command" -l live -d 'Send real orders, if every condition holds; else say which does not'
complete -c mia-exec -n "__fish_mia_exec_needs_command" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-exec -n "__fish_mia_exec_needs_command" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-exec -n "__fish_mia_exec_needs_command" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-exec -n "__fish_mia_exec_needs_command" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-exec -n "__fish_mia_exec_needs_command" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-exec -n "__fish_mia_exec_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-exec -n "__fish_mia_exec_needs_command" -s V -l version -d 'Print version'
complete -c mia-exec -n "__fish_mia_exec_needs_command" -f -a "paper" -d 'The simulated exchange: deterministic, no broker is reached'
complete -c mia-exec -n "__fish_mia_exec_needs_command" -f -a "journal" -d 'Check, export and show a journal'
complete -c mia-exec -n "__fish_mia_exec_needs_command" -f -a "status" -d 'What is open, what works and what is latched, by the journal; a writer may run or not'
complete -c mia-exec -n "__fish_mia_exec_needs_command" -f -a "flatten" -d 'Close everything, whether mia-exec runs or not, and take no entry until a reset'
complete -c mia-exec -n "__fish_mia_exec_needs_command" -f -a "sensitivity" -d 'Trade a recording again under other assumptions about fills, and say what changes'
complete -c mia-exec -n "__fish_mia_exec_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand paper" -l journal -d 'Write every order before it is acted on, and every fact, to FILE (append only)' -r -F
complete -c mia-exec -n "__fish_mia_exec_using_subcommand paper" -l snapshots -d 'Write each trade with its context and the 20 minutes after it to a file in DIR' -r -f -a "(__fish_complete_directories)"
complete -c mia-exec -n "__fish_mia_exec_using_subcommand paper" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-exec -n "__fish_mia_exec_using_subcommand paper" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-exec -n "__fish_mia_exec_using_subcommand paper" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-exec -n "__fish_mia_exec_using_subcommand paper" -l since -d 'Use records from TIME on' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand paper" -l until -d 'Use records before TIME' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand paper" -l limit -d 'Use at most N records' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand paper" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand paper" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand paper" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-exec -n "__fish_mia_exec_using_subcommand paper" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand paper" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand paper" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-exec -n "__fish_mia_exec_using_subcommand paper" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-exec -n "__fish_mia_exec_using_subcommand paper" -l resume -d 'Go on with a journal that is not empty: its orders are never acted on again'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand paper" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand paper" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand paper" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand paper" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand paper" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand paper" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and not __fish_seen_subcommand_from verify export show help" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and not __fish_seen_subcommand_from verify export show help" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and not __fish_seen_subcommand_from verify export show help" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and not __fish_seen_subcommand_from verify export show help" -l since -d 'Use records from TIME on' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and not __fish_seen_subcommand_from verify export show help" -l until -d 'Use records before TIME' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and not __fish_seen_subcommand_from verify export show help" -l limit -d 'Use at most N records' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and not __fish_seen_subcommand_from verify export show help" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and not __fish_seen_subcommand_from verify export show help" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and not __fish_seen_subcommand_from verify export show help" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and not __fish_seen_subcommand_from verify export show help" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and not __fish_seen_subcommand_from verify export show help" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and not __fish_seen_subcommand_from verify export show help" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and not __fish_seen_subcommand_from verify export show help" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and not __fish_seen_subcommand_from verify export show help" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and not __fish_seen_subcommand_from verify export show help" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and not __fish_seen_subcommand_from verify export show help" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and not __fish_seen_subcommand_from verify export show help" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and not __fish_seen_subcommand_from verify export show help" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and not __fish_seen_subcommand_from verify export show help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and not __fish_seen_subcommand_from verify export show help" -f -a "verify" -d 'Check every line: numbers, checksums, order; and whether fills, positions and money agree'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and not __fish_seen_subcommand_from verify export show help" -f -a "export" -d 'Write its fills or closed trades as CSV, or its records as NDJSON without checksums'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and not __fish_seen_subcommand_from verify export show help" -f -a "show" -d 'List its orders and what became of each'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and not __fish_seen_subcommand_from verify export show help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from verify" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from verify" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from verify" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from verify" -l since -d 'Use records from TIME on' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from verify" -l until -d 'Use records before TIME' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from verify" -l limit -d 'Use at most N records' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from verify" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from verify" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from verify" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from verify" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from verify" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from verify" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from verify" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from verify" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from verify" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from verify" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from verify" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from verify" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from export" -l what -d 'What is written' -r -f -a "fills\t'One execution a row (CSV)'
roundtrips\t'One closed trade a row (CSV)'
records\t'Every record (NDJSON)'"
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from export" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from export" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from export" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from export" -l since -d 'Use records from TIME on' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from export" -l until -d 'Use records before TIME' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from export" -l limit -d 'Use at most N records' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from export" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from export" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from export" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from export" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from export" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from export" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from export" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from export" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from export" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from export" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from export" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from export" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from show" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from show" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from show" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from show" -l since -d 'Use records from TIME on' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from show" -l until -d 'Use records before TIME' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from show" -l limit -d 'Use at most N records' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from show" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from show" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from show" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from show" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from show" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from show" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from show" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from show" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from show" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from show" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from help" -f -a "verify" -d 'Check every line: numbers, checksums, order; and whether fills, positions and money agree'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from help" -f -a "export" -d 'Write its fills or closed trades as CSV, or its records as NDJSON without checksums'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from help" -f -a "show" -d 'List its orders and what became of each'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand journal; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand status" -l journal -d 'The journal' -r -F
complete -c mia-exec -n "__fish_mia_exec_using_subcommand status" -l state -d 'The state folder of mia-risk: what risk knows of account and latches' -r -f -a "(__fish_complete_directories)"
complete -c mia-exec -n "__fish_mia_exec_using_subcommand status" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-exec -n "__fish_mia_exec_using_subcommand status" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-exec -n "__fish_mia_exec_using_subcommand status" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-exec -n "__fish_mia_exec_using_subcommand status" -l since -d 'Use records from TIME on' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand status" -l until -d 'Use records before TIME' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand status" -l limit -d 'Use at most N records' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand status" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand status" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand status" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-exec -n "__fish_mia_exec_using_subcommand status" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand status" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand status" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-exec -n "__fish_mia_exec_using_subcommand status" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-exec -n "__fish_mia_exec_using_subcommand status" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand status" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand status" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand status" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand status" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand flatten" -l journal -d 'The journal of the mia-exec whose positions are closed' -r -F
complete -c mia-exec -n "__fish_mia_exec_using_subcommand flatten" -l reason -d 'Why: kept in the journal for good' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand flatten" -l timeout -d 'Wait so long for a running mia-exec to be flat' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand flatten" -l market -d 'If nothing runs: close at the market records in FILE (- is standard input), which must be newer than the journal' -r -F
complete -c mia-exec -n "__fish_mia_exec_using_subcommand flatten" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-exec -n "__fish_mia_exec_using_subcommand flatten" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-exec -n "__fish_mia_exec_using_subcommand flatten" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-exec -n "__fish_mia_exec_using_subcommand flatten" -l since -d 'Use records from TIME on' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand flatten" -l until -d 'Use records before TIME' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand flatten" -l limit -d 'Use at most N records' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand flatten" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand flatten" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand flatten" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-exec -n "__fish_mia_exec_using_subcommand flatten" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand flatten" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand flatten" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-exec -n "__fish_mia_exec_using_subcommand flatten" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-exec -n "__fish_mia_exec_using_subcommand flatten" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand flatten" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand flatten" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand flatten" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand flatten" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand flatten" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand sensitivity" -l format -d 'How the report is written' -r -f -a "table\t'For people'
json\t'One JSON document with everything, each trade that changed too'
csv\t'A row a variant'"
complete -c mia-exec -n "__fish_mia_exec_using_subcommand sensitivity" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-exec -n "__fish_mia_exec_using_subcommand sensitivity" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-exec -n "__fish_mia_exec_using_subcommand sensitivity" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-exec -n "__fish_mia_exec_using_subcommand sensitivity" -l since -d 'Use records from TIME on' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand sensitivity" -l until -d 'Use records before TIME' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand sensitivity" -l limit -d 'Use at most N records' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand sensitivity" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand sensitivity" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand sensitivity" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-exec -n "__fish_mia_exec_using_subcommand sensitivity" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand sensitivity" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-exec -n "__fish_mia_exec_using_subcommand sensitivity" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-exec -n "__fish_mia_exec_using_subcommand sensitivity" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-exec -n "__fish_mia_exec_using_subcommand sensitivity" -l grid -d 'Try every combination of latency, slippage and fees as well'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand sensitivity" -l trades -d 'Name the trades that changed in the table'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand sensitivity" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand sensitivity" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand sensitivity" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand sensitivity" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand sensitivity" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand sensitivity" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand help; and not __fish_seen_subcommand_from paper journal status flatten sensitivity help" -f -a "paper" -d 'The simulated exchange: deterministic, no broker is reached'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand help; and not __fish_seen_subcommand_from paper journal status flatten sensitivity help" -f -a "journal" -d 'Check, export and show a journal'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand help; and not __fish_seen_subcommand_from paper journal status flatten sensitivity help" -f -a "status" -d 'What is open, what works and what is latched, by the journal; a writer may run or not'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand help; and not __fish_seen_subcommand_from paper journal status flatten sensitivity help" -f -a "flatten" -d 'Close everything, whether mia-exec runs or not, and take no entry until a reset'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand help; and not __fish_seen_subcommand_from paper journal status flatten sensitivity help" -f -a "sensitivity" -d 'Trade a recording again under other assumptions about fills, and say what changes'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand help; and not __fish_seen_subcommand_from paper journal status flatten sensitivity help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand help; and __fish_seen_subcommand_from journal" -f -a "verify" -d 'Check every line: numbers, checksums, order; and whether fills, positions and money agree'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand help; and __fish_seen_subcommand_from journal" -f -a "export" -d 'Write its fills or closed trades as CSV, or its records as NDJSON without checksums'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand help; and __fish_seen_subcommand_from journal" -f -a "show" -d 'List its orders and what became of each'
