# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_mia_bench_global_optspecs
    string join \n o/output= f/force only= drop= schema since= until= limit= max-line= max-bad= config= profile= set= print-config q/quiet v/verbose color= progress= h/help V/version
end

function __fish_mia_bench_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_mia_bench_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_mia_bench_using_subcommand
    set -l cmd (__fish_mia_bench_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c mia-bench -n "__fish_mia_bench_needs_command" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-bench -n "__fish_mia_bench_needs_command" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-bench -n "__fish_mia_bench_needs_command" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-bench -n "__fish_mia_bench_needs_command" -l since -d 'Use records from TIME on' -r
complete -c mia-bench -n "__fish_mia_bench_needs_command" -l until -d 'Use records before TIME' -r
complete -c mia-bench -n "__fish_mia_bench_needs_command" -l limit -d 'Use at most N records' -r
complete -c mia-bench -n "__fish_mia_bench_needs_command" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-bench -n "__fish_mia_bench_needs_command" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-bench -n "__fish_mia_bench_needs_command" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-bench -n "__fish_mia_bench_needs_command" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-bench -n "__fish_mia_bench_needs_command" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-bench -n "__fish_mia_bench_needs_command" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-bench -n "__fish_mia_bench_needs_command" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-bench -n "__fish_mia_bench_needs_command" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-bench -n "__fish_mia_bench_needs_command" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-bench -n "__fish_mia_bench_needs_command" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-bench -n "__fish_mia_bench_needs_command" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-bench -n "__fish_mia_bench_needs_command" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-bench -n "__fish_mia_bench_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-bench -n "__fish_mia_bench_needs_command" -s V -l version -d 'Print version'
complete -c mia-bench -n "__fish_mia_bench_needs_command" -f -a "throughput" -d 'Lines a second through single stages and through all five processes'
complete -c mia-bench -n "__fish_mia_bench_needs_command" -f -a "latency" -d 'Time of one line through all five processes, or of a bar-closing tick to its order'
complete -c mia-bench -n "__fish_mia_bench_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mia-bench -n "__fish_mia_bench_using_subcommand throughput" -l runs -d 'Runs; the median is reported' -r
complete -c mia-bench -n "__fish_mia_bench_using_subcommand throughput" -l alone -d 'Measure these stages alone as well, for example `features,signal`' -r
complete -c mia-bench -n "__fish_mia_bench_using_subcommand throughput" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-bench -n "__fish_mia_bench_using_subcommand throughput" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-bench -n "__fish_mia_bench_using_subcommand throughput" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-bench -n "__fish_mia_bench_using_subcommand throughput" -l since -d 'Use records from TIME on' -r
complete -c mia-bench -n "__fish_mia_bench_using_subcommand throughput" -l until -d 'Use records before TIME' -r
complete -c mia-bench -n "__fish_mia_bench_using_subcommand throughput" -l limit -d 'Use at most N records' -r
complete -c mia-bench -n "__fish_mia_bench_using_subcommand throughput" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-bench -n "__fish_mia_bench_using_subcommand throughput" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-bench -n "__fish_mia_bench_using_subcommand throughput" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-bench -n "__fish_mia_bench_using_subcommand throughput" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-bench -n "__fish_mia_bench_using_subcommand throughput" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-bench -n "__fish_mia_bench_using_subcommand throughput" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-bench -n "__fish_mia_bench_using_subcommand throughput" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-bench -n "__fish_mia_bench_using_subcommand throughput" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-bench -n "__fish_mia_bench_using_subcommand throughput" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-bench -n "__fish_mia_bench_using_subcommand throughput" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-bench -n "__fish_mia_bench_using_subcommand throughput" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-bench -n "__fish_mia_bench_using_subcommand throughput" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-bench -n "__fish_mia_bench_using_subcommand throughput" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-bench -n "__fish_mia_bench_using_subcommand latency" -l events -d 'Lines measured' -r
complete -c mia-bench -n "__fish_mia_bench_using_subcommand latency" -l warmup -d 'Lines sent before measuring' -r
complete -c mia-bench -n "__fish_mia_bench_using_subcommand latency" -l rate -d 'Lines a second' -r
complete -c mia-bench -n "__fish_mia_bench_using_subcommand latency" -l core -d 'Keep the whole chain on this core; without it the kernel spreads the processes' -r
complete -c mia-bench -n "__fish_mia_bench_using_subcommand latency" -l histogram -d 'Write the full histogram (percentile, microseconds) to this file' -r -F
complete -c mia-bench -n "__fish_mia_bench_using_subcommand latency" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-bench -n "__fish_mia_bench_using_subcommand latency" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-bench -n "__fish_mia_bench_using_subcommand latency" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-bench -n "__fish_mia_bench_using_subcommand latency" -l since -d 'Use records from TIME on' -r
complete -c mia-bench -n "__fish_mia_bench_using_subcommand latency" -l until -d 'Use records before TIME' -r
complete -c mia-bench -n "__fish_mia_bench_using_subcommand latency" -l limit -d 'Use at most N records' -r
complete -c mia-bench -n "__fish_mia_bench_using_subcommand latency" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-bench -n "__fish_mia_bench_using_subcommand latency" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-bench -n "__fish_mia_bench_using_subcommand latency" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-bench -n "__fish_mia_bench_using_subcommand latency" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-bench -n "__fish_mia_bench_using_subcommand latency" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-bench -n "__fish_mia_bench_using_subcommand latency" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-bench -n "__fish_mia_bench_using_subcommand latency" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-bench -n "__fish_mia_bench_using_subcommand latency" -l order -d 'Measure a bar-closing tick to the order it causes (1-second bars, a pattern that always signals) instead of a line to the same line'
complete -c mia-bench -n "__fish_mia_bench_using_subcommand latency" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-bench -n "__fish_mia_bench_using_subcommand latency" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-bench -n "__fish_mia_bench_using_subcommand latency" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-bench -n "__fish_mia_bench_using_subcommand latency" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-bench -n "__fish_mia_bench_using_subcommand latency" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-bench -n "__fish_mia_bench_using_subcommand latency" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-bench -n "__fish_mia_bench_using_subcommand help; and not __fish_seen_subcommand_from throughput latency help" -f -a "throughput" -d 'Lines a second through single stages and through all five processes'
complete -c mia-bench -n "__fish_mia_bench_using_subcommand help; and not __fish_seen_subcommand_from throughput latency help" -f -a "latency" -d 'Time of one line through all five processes, or of a bar-closing tick to its order'
complete -c mia-bench -n "__fish_mia_bench_using_subcommand help; and not __fish_seen_subcommand_from throughput latency help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
