# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_mia_exec_global_optspecs
    string join \n o/output= f/force only= drop= schema since= until= limit= max-line= max-bad= config= profile= set= print-config q/quiet v/verbose color= progress= h/help V/version
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
complete -c mia-exec -n "__fish_mia_exec_needs_command" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-exec -n "__fish_mia_exec_needs_command" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-exec -n "__fish_mia_exec_needs_command" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-exec -n "__fish_mia_exec_needs_command" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-exec -n "__fish_mia_exec_needs_command" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-exec -n "__fish_mia_exec_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-exec -n "__fish_mia_exec_needs_command" -s V -l version -d 'Print version'
complete -c mia-exec -n "__fish_mia_exec_needs_command" -f -a "paper" -d 'The simulated exchange: deterministic, no broker is reached'
complete -c mia-exec -n "__fish_mia_exec_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand paper" -l journal -d 'Write every order before it is acted on, and every fact, to FILE (append only)' -r -F
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
complete -c mia-exec -n "__fish_mia_exec_using_subcommand help; and not __fish_seen_subcommand_from paper help" -f -a "paper" -d 'The simulated exchange: deterministic, no broker is reached'
complete -c mia-exec -n "__fish_mia_exec_using_subcommand help; and not __fish_seen_subcommand_from paper help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
