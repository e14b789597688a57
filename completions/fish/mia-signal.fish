# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_mia_signal_global_optspecs
    string join \n explain strategy= model= o/output= f/force only= drop= schema since= until= limit= max-line= max-bad= config= profile= set= print-config q/quiet v/verbose color= progress= h/help V/version
end

function __fish_mia_signal_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_mia_signal_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_mia_signal_using_subcommand
    set -l cmd (__fish_mia_signal_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c mia-signal -n "__fish_mia_signal_needs_command" -l strategy -d 'Which strategy may trade' -r -f -a "auto\t''
trend\t''
range\t''"
complete -c mia-signal -n "__fish_mia_signal_needs_command" -l model -d 'Score signals with the model in FILE' -r -F
complete -c mia-signal -n "__fish_mia_signal_needs_command" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-signal -n "__fish_mia_signal_needs_command" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-signal -n "__fish_mia_signal_needs_command" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-signal -n "__fish_mia_signal_needs_command" -l since -d 'Use records from TIME on' -r
complete -c mia-signal -n "__fish_mia_signal_needs_command" -l until -d 'Use records before TIME' -r
complete -c mia-signal -n "__fish_mia_signal_needs_command" -l limit -d 'Use at most N records' -r
complete -c mia-signal -n "__fish_mia_signal_needs_command" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-signal -n "__fish_mia_signal_needs_command" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-signal -n "__fish_mia_signal_needs_command" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-signal -n "__fish_mia_signal_needs_command" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-signal -n "__fish_mia_signal_needs_command" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-signal -n "__fish_mia_signal_needs_command" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-signal -n "__fish_mia_signal_needs_command" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-signal -n "__fish_mia_signal_needs_command" -l explain -d 'Say for every closed bar, pattern and side what was considered and why not'
complete -c mia-signal -n "__fish_mia_signal_needs_command" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-signal -n "__fish_mia_signal_needs_command" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-signal -n "__fish_mia_signal_needs_command" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-signal -n "__fish_mia_signal_needs_command" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-signal -n "__fish_mia_signal_needs_command" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-signal -n "__fish_mia_signal_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-signal -n "__fish_mia_signal_needs_command" -s V -l version -d 'Print version'
complete -c mia-signal -n "__fish_mia_signal_needs_command" -a "backscan" -d 'Look at what the patterns saw in a file and what would have become of it'
complete -c mia-signal -n "__fish_mia_signal_needs_command" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mia-signal -n "__fish_mia_signal_using_subcommand backscan" -l format -d 'How results are written; `auto` is a table on a terminal and a line a signal in a pipe' -r -f -a "auto\t'A table on a terminal, a line a signal in a pipe'
table\t'Signals, totals and reasons for people'
json\t'One JSON document with everything'
ndjson\t'A JSON object a signal'
csv\t'A row a signal'"
complete -c mia-signal -n "__fish_mia_signal_using_subcommand backscan" -l session -d 'Tell of this session alone, for example 2026-03-10; earlier ones still warm up' -r
complete -c mia-signal -n "__fish_mia_signal_using_subcommand backscan" -l svg -d 'Draw into FILE as SVG: prices, levels, VWAP, signals and outcomes, score, regime' -r -F
complete -c mia-signal -n "__fish_mia_signal_using_subcommand backscan" -l png -d 'Draw into FILE as PNG' -r -F
complete -c mia-signal -n "__fish_mia_signal_using_subcommand backscan" -l strategy -d 'Which strategy may trade' -r -f -a "auto\t''
trend\t''
range\t''"
complete -c mia-signal -n "__fish_mia_signal_using_subcommand backscan" -l model -d 'Score signals with the model in FILE' -r -F
complete -c mia-signal -n "__fish_mia_signal_using_subcommand backscan" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-signal -n "__fish_mia_signal_using_subcommand backscan" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-signal -n "__fish_mia_signal_using_subcommand backscan" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-signal -n "__fish_mia_signal_using_subcommand backscan" -l since -d 'Use records from TIME on' -r
complete -c mia-signal -n "__fish_mia_signal_using_subcommand backscan" -l until -d 'Use records before TIME' -r
complete -c mia-signal -n "__fish_mia_signal_using_subcommand backscan" -l limit -d 'Use at most N records' -r
complete -c mia-signal -n "__fish_mia_signal_using_subcommand backscan" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-signal -n "__fish_mia_signal_using_subcommand backscan" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-signal -n "__fish_mia_signal_using_subcommand backscan" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-signal -n "__fish_mia_signal_using_subcommand backscan" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-signal -n "__fish_mia_signal_using_subcommand backscan" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-signal -n "__fish_mia_signal_using_subcommand backscan" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-signal -n "__fish_mia_signal_using_subcommand backscan" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-signal -n "__fish_mia_signal_using_subcommand backscan" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-signal -n "__fish_mia_signal_using_subcommand backscan" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-signal -n "__fish_mia_signal_using_subcommand backscan" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-signal -n "__fish_mia_signal_using_subcommand backscan" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-signal -n "__fish_mia_signal_using_subcommand backscan" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-signal -n "__fish_mia_signal_using_subcommand backscan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-signal -n "__fish_mia_signal_using_subcommand help; and not __fish_seen_subcommand_from backscan help" -f -a "backscan" -d 'Look at what the patterns saw in a file and what would have become of it'
complete -c mia-signal -n "__fish_mia_signal_using_subcommand help; and not __fish_seen_subcommand_from backscan help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
