# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_mia_risk_global_optspecs
    string join \n account= state= gate= explain kill-file= risk-limit= o/output= f/force only= drop= schema since= until= limit= max-line= max-bad= config= profile= set= print-config q/quiet v/verbose color= progress= h/help V/version
end

function __fish_mia_risk_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_mia_risk_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_mia_risk_using_subcommand
    set -l cmd (__fish_mia_risk_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c mia-risk -n "__fish_mia_risk_needs_command" -l account -d 'How risk learns of fills: sim, stream, or journal:FILE' -r
complete -c mia-risk -n "__fish_mia_risk_needs_command" -l state -d 'Keep account, day and latches in the folder DIR, and go on from what is there' -r -f -a "(__fish_complete_directories)"
complete -c mia-risk -n "__fish_mia_risk_needs_command" -l gate -d 'The gate.json of a report that passes: what profile live asks for (check MODE)' -r -F
complete -c mia-risk -n "__fish_mia_risk_needs_command" -l kill-file -d 'Stop trading and flatten when FILE appears; its first line is the reason' -r -F
complete -c mia-risk -n "__fish_mia_risk_needs_command" -l risk-limit -d 'Use the limits of a risk mode, as --set risk.mode=MODE does' -r -f -a "conservative\t''
moderate\t''
aggressive\t''"
complete -c mia-risk -n "__fish_mia_risk_needs_command" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-risk -n "__fish_mia_risk_needs_command" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-risk -n "__fish_mia_risk_needs_command" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-risk -n "__fish_mia_risk_needs_command" -l since -d 'Use records from TIME on' -r
complete -c mia-risk -n "__fish_mia_risk_needs_command" -l until -d 'Use records before TIME' -r
complete -c mia-risk -n "__fish_mia_risk_needs_command" -l limit -d 'Use at most N records' -r
complete -c mia-risk -n "__fish_mia_risk_needs_command" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-risk -n "__fish_mia_risk_needs_command" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-risk -n "__fish_mia_risk_needs_command" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-risk -n "__fish_mia_risk_needs_command" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-risk -n "__fish_mia_risk_needs_command" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-risk -n "__fish_mia_risk_needs_command" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-risk -n "__fish_mia_risk_needs_command" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-risk -n "__fish_mia_risk_needs_command" -l explain -d 'Say for every signal what was decided and why'
complete -c mia-risk -n "__fish_mia_risk_needs_command" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-risk -n "__fish_mia_risk_needs_command" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-risk -n "__fish_mia_risk_needs_command" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-risk -n "__fish_mia_risk_needs_command" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-risk -n "__fish_mia_risk_needs_command" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-risk -n "__fish_mia_risk_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-risk -n "__fish_mia_risk_needs_command" -s V -l version -d 'Print version'
complete -c mia-risk -n "__fish_mia_risk_needs_command" -a "check" -d 'Say what would become of an order, without sending it'
complete -c mia-risk -n "__fish_mia_risk_needs_command" -a "reset" -d 'Open latches that only a person may open'
complete -c mia-risk -n "__fish_mia_risk_needs_command" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mia-risk -n "__fish_mia_risk_using_subcommand check" -l order -d 'Orders or signals (NDJSON); - is standard input' -r -F
complete -c mia-risk -n "__fish_mia_risk_using_subcommand check" -l market -d 'The market up to the order: records that mia-risk reads, replayed first' -r -F
complete -c mia-risk -n "__fish_mia_risk_using_subcommand check" -l journal -d 'The account so far: a journal of mia-exec, or the acct records of a run' -r -F
complete -c mia-risk -n "__fish_mia_risk_using_subcommand check" -l state -d 'The account and the latches of this state folder of mia-risk, which is only looked at' -r -f -a "(__fish_complete_directories)"
complete -c mia-risk -n "__fish_mia_risk_using_subcommand check" -l gate -d 'The gate.json that profile live asks for' -r -F
complete -c mia-risk -n "__fish_mia_risk_using_subcommand check" -l risk-limit -d 'Use the limits of a risk mode, as --set risk.mode=MODE does' -r -f -a "conservative\t''
moderate\t''
aggressive\t''"
complete -c mia-risk -n "__fish_mia_risk_using_subcommand check" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-risk -n "__fish_mia_risk_using_subcommand check" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-risk -n "__fish_mia_risk_using_subcommand check" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-risk -n "__fish_mia_risk_using_subcommand check" -l since -d 'Use records from TIME on' -r
complete -c mia-risk -n "__fish_mia_risk_using_subcommand check" -l until -d 'Use records before TIME' -r
complete -c mia-risk -n "__fish_mia_risk_using_subcommand check" -l limit -d 'Use at most N records' -r
complete -c mia-risk -n "__fish_mia_risk_using_subcommand check" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-risk -n "__fish_mia_risk_using_subcommand check" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-risk -n "__fish_mia_risk_using_subcommand check" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-risk -n "__fish_mia_risk_using_subcommand check" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-risk -n "__fish_mia_risk_using_subcommand check" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-risk -n "__fish_mia_risk_using_subcommand check" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-risk -n "__fish_mia_risk_using_subcommand check" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-risk -n "__fish_mia_risk_using_subcommand check" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-risk -n "__fish_mia_risk_using_subcommand check" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-risk -n "__fish_mia_risk_using_subcommand check" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-risk -n "__fish_mia_risk_using_subcommand check" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-risk -n "__fish_mia_risk_using_subcommand check" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-risk -n "__fish_mia_risk_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-risk -n "__fish_mia_risk_using_subcommand reset" -l state -d 'The state folder of mia-risk' -r -f -a "(__fish_complete_directories)"
complete -c mia-risk -n "__fish_mia_risk_using_subcommand reset" -l journal -d 'The journal of mia-exec, where mia-risk runs without a state folder' -r -F
complete -c mia-risk -n "__fish_mia_risk_using_subcommand reset" -l reason -d 'Why it is right to trade again: kept for good' -r
complete -c mia-risk -n "__fish_mia_risk_using_subcommand reset" -l latch -d 'Open this latch alone' -r
complete -c mia-risk -n "__fish_mia_risk_using_subcommand reset" -l risk-limit -d 'Use the limits of a risk mode, as --set risk.mode=MODE does' -r -f -a "conservative\t''
moderate\t''
aggressive\t''"
complete -c mia-risk -n "__fish_mia_risk_using_subcommand reset" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-risk -n "__fish_mia_risk_using_subcommand reset" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-risk -n "__fish_mia_risk_using_subcommand reset" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-risk -n "__fish_mia_risk_using_subcommand reset" -l since -d 'Use records from TIME on' -r
complete -c mia-risk -n "__fish_mia_risk_using_subcommand reset" -l until -d 'Use records before TIME' -r
complete -c mia-risk -n "__fish_mia_risk_using_subcommand reset" -l limit -d 'Use at most N records' -r
complete -c mia-risk -n "__fish_mia_risk_using_subcommand reset" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-risk -n "__fish_mia_risk_using_subcommand reset" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-risk -n "__fish_mia_risk_using_subcommand reset" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-risk -n "__fish_mia_risk_using_subcommand reset" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-risk -n "__fish_mia_risk_using_subcommand reset" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-risk -n "__fish_mia_risk_using_subcommand reset" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-risk -n "__fish_mia_risk_using_subcommand reset" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-risk -n "__fish_mia_risk_using_subcommand reset" -l new-high-water -d 'Measure drawdowns from the account\'s equity of now, no longer from its highest'
complete -c mia-risk -n "__fish_mia_risk_using_subcommand reset" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-risk -n "__fish_mia_risk_using_subcommand reset" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-risk -n "__fish_mia_risk_using_subcommand reset" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-risk -n "__fish_mia_risk_using_subcommand reset" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-risk -n "__fish_mia_risk_using_subcommand reset" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-risk -n "__fish_mia_risk_using_subcommand reset" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-risk -n "__fish_mia_risk_using_subcommand help; and not __fish_seen_subcommand_from check reset help" -f -a "check" -d 'Say what would become of an order, without sending it'
complete -c mia-risk -n "__fish_mia_risk_using_subcommand help; and not __fish_seen_subcommand_from check reset help" -f -a "reset" -d 'Open latches that only a person may open'
complete -c mia-risk -n "__fish_mia_risk_using_subcommand help; and not __fish_seen_subcommand_from check reset help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
