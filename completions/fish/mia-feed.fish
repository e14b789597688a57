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
complete -c mia-feed -n "__fish_mia_feed_needs_command" -f -a "dbn" -d 'Read Databento files (DBN, or the text their command prints)'
complete -c mia-feed -n "__fish_mia_feed_needs_command" -f -a "dtc" -d 'Follow symbols of a DTC server (Sierra Chart: not those of CME, read its files instead)'
complete -c mia-feed -n "__fish_mia_feed_needs_command" -f -a "iqfeed" -d 'Follow symbols of IQFeed, or ask it for ticks and bars of the past'
complete -c mia-feed -n "__fish_mia_feed_needs_command" -f -a "sierra" -d 'Read Sierra Chart\'s files: intraday, depth, text exports, the dumper\'s lines'
complete -c mia-feed -n "__fish_mia_feed_needs_command" -f -a "merge" -d 'Join several streams by time'
complete -c mia-feed -n "__fish_mia_feed_needs_command" -f -a "cboe" -d 'Read Cboe\'s delayed option chains, from files or from the address'
complete -c mia-feed -n "__fish_mia_feed_needs_command" -f -a "synth" -d 'Make up sessions: seeded, and every record says that it is synthetic'
complete -c mia-feed -n "__fish_mia_feed_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand replay" -l last -d 'Of a store, only the last sessions: 5d by the calendar, 5 that are stored' -r
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
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -l dialect -d 'Layout of the files: a built-in name or a .toml file; without it the header tells' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -l sym -d 'Contract of files that name none, for example ESU13; of LEAN\'s zips the one to read' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -l zone -d 'Zone of the stamps where the dialect does not say it, for example America/New_York' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -l dur -d 'Length of the bars in seconds where the dialect does not say it' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -l stamp-at -d 'Which end of a bar its stamp names where the dialect does not say it' -r -f -a "start\t'Its first instant'
end\t'Its last'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -l date -d 'Date of stamps that are times of day; without it the file\'s name has it' -r
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
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -l check -d 'Read everything, write nothing, and say what the files are'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand csv" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dbn" -l sym -d 'Write only these contracts, for example ESH24; ESH4 is the same' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dbn" -l phase -d 'Mark the records as history that only prepares state, or as to be acted on' -r -f -a "warmup\t'Prepare state only'
run\t'To be acted on'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dbn" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dbn" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dbn" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dbn" -l since -d 'Use records from TIME on' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dbn" -l until -d 'Use records before TIME' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dbn" -l limit -d 'Use at most N records' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dbn" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dbn" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dbn" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dbn" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dbn" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dbn" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dbn" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dbn" -l check -d 'Read everything, write nothing, and say what the files are'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dbn" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dbn" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dbn" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dbn" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dbn" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dbn" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dtc" -l sym -d 'Symbol to follow, as the server spells it, for example `ESZ25_FUT_CME`; may be repeated' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dtc" -l depth -d 'Follow the book too, with so many levels on each side' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dtc" -l encoding -d 'Encoding to ask for' -r -f -a "binary\t'Structures of fixed size'
json\t'JSON objects'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dtc" -l price-mult -d 'Multiply prices with N, where the server sends them in another unit' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dtc" -l history -d 'Ask for the past of one symbol from TIME on (up to --until) instead, and end' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dtc" -l interval -d 'With --history: bars of so many seconds instead of trades' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dtc" -l max-retries -d 'End with 69 after N attempts to connect again; without it there is no limit' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dtc" -l max-outage -d 'End with 69 when the connection is away for longer' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dtc" -l phase -d 'Mark the records as history that only prepares state, or as to be acted on' -r -f -a "warmup\t'Prepare state only'
run\t'To be acted on'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dtc" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dtc" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dtc" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dtc" -l since -d 'Use records from TIME on' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dtc" -l until -d 'Use records before TIME' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dtc" -l limit -d 'Use at most N records' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dtc" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dtc" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dtc" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dtc" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dtc" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dtc" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dtc" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dtc" -l compress -d 'With --history: let the server compress its answer'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dtc" -l check -d 'Look whether the server can be used, say it in words, and end'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dtc" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dtc" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dtc" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dtc" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dtc" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand dtc" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l depth -d 'Follow the book too: sizes of levels, or every order added up to levels' -r -f -a "price\t'Sizes of price levels'
order\t'Every order'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l history -d 'Ask for the past instead, and end' -r -f -a "ticks\t'Every trade'
bars\t'Bars of --interval seconds'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l days -d 'History of the last N trading days' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l begin -d 'History from TIME on' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l end -d 'History up to TIME' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l interval -d 'Length of bars' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l history-file -d 'Read saved answers to history requests instead; - is standard input' -r -F
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l stamped -d 'Which end of a bar the stamps of saved bars are' -r -f -a "start\t'Their start'
end\t'Their end'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l max-retries -d 'End with 69 after N attempts to connect again; without it there is no limit' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l max-outage -d 'End with 69 when the connection is away for longer' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l host -d 'Host of IQConnect' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l level1-port -d 'Port of level 1' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l lookup-port -d 'Port of history' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l depth-port -d 'Port of depth' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l admin-port -d 'Port of administration' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l phase -d 'Mark the records as history that only prepares state, or as to be acted on' -r -f -a "warmup\t'Prepare state only'
run\t'To be acted on'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l since -d 'Use records from TIME on' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l until -d 'Use records before TIME' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l limit -d 'Use at most N records' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l check -d 'Look at every port and the login, say in words what is wrong, and end'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l allow-delayed -d 'Accept an account with delayed data; the stream then says so'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand iqfeed" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand sierra" -l sym -d 'Contract of files whose name does not say it, for example ESZ25' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand sierra" -l bundles -d 'Write a bundle (one order that Sierra split by its counterparts) as one trade or as its parts' -r -f -a "sum\t'One trade of the whole size'
keep\t'A trade each part'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand sierra" -l price-mult -d 'Multiply prices by N; `auto` looks at the symbol and the prices' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand sierra" -l bars -d 'Write bars too: the file holds bars of SECONDS' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand sierra" -l depth -d 'Write N levels of the book on each side (time and sales with the book beside it)' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand sierra" -l zone -d 'Time zone of texts that do not say theirs, for example America/Chicago' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand sierra" -l phase -d 'Mark the records as history that only prepares state, or as to be acted on' -r -f -a "warmup\t'Prepare state only'
run\t'To be acted on'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand sierra" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-feed -n "__fish_mia_feed_using_subcommand sierra" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-feed -n "__fish_mia_feed_using_subcommand sierra" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-feed -n "__fish_mia_feed_using_subcommand sierra" -l since -d 'Use records from TIME on' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand sierra" -l until -d 'Use records before TIME' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand sierra" -l limit -d 'Use at most N records' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand sierra" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand sierra" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand sierra" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-feed -n "__fish_mia_feed_using_subcommand sierra" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand sierra" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand sierra" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand sierra" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand sierra" -l follow -d 'Follow the file while Sierra Chart writes to it; with --since its history first, as warm-up'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand sierra" -l wait -d 'With --follow: wait for a file that is not there yet'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand sierra" -l check -d 'Look at the files, tell in words what is wrong and what to do, and end'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand sierra" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand sierra" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand sierra" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand sierra" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand sierra" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand sierra" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand merge" -l lateness -d 'How far an input may be out of order within itself, milliseconds' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand merge" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-feed -n "__fish_mia_feed_using_subcommand merge" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-feed -n "__fish_mia_feed_using_subcommand merge" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-feed -n "__fish_mia_feed_using_subcommand merge" -l since -d 'Use records from TIME on' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand merge" -l until -d 'Use records before TIME' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand merge" -l limit -d 'Use at most N records' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand merge" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand merge" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand merge" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-feed -n "__fish_mia_feed_using_subcommand merge" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand merge" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand merge" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand merge" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand merge" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand merge" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand merge" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand merge" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand merge" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand merge" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand cboe" -l und -d 'Ask Cboe for the chain of this underlying: SPX, NDX, XSP, VIX, a stock' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand cboe" -l every -d 'Ask again every so often, for example 60s or 5m; never more than once a minute' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand cboe" -l cache -d 'Folder for the copy of the last answer; without it, mia/cboe in the user\'s cache folder' -r -f -a "(__fish_complete_directories)"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand cboe" -l phase -d 'Mark the records as history that only prepares state, or as to be acted on' -r -f -a "warmup\t'Prepare state only'
run\t'To be acted on'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand cboe" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-feed -n "__fish_mia_feed_using_subcommand cboe" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-feed -n "__fish_mia_feed_using_subcommand cboe" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-feed -n "__fish_mia_feed_using_subcommand cboe" -l since -d 'Use records from TIME on' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand cboe" -l until -d 'Use records before TIME' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand cboe" -l limit -d 'Use at most N records' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand cboe" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand cboe" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand cboe" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-feed -n "__fish_mia_feed_using_subcommand cboe" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand cboe" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand cboe" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand cboe" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-feed -n "__fish_mia_feed_using_subcommand cboe" -l check -d 'Read everything, write nothing, and say what it is'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand cboe" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand cboe" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand cboe" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand cboe" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand cboe" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand cboe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l seed -d 'Seed: the same options and seed give the same bytes' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l from -d 'First trade date' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l sessions -d 'Number of sessions' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l sym -d 'Contract; without it the front contract of the date' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l start -d 'First price, points' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l rate -d 'Mean trades a second in regular hours' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l vol -d 'Volatility a year, for example 0.14' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l depth -d 'Levels of depth on each side' -r
complete -c mia-feed -n "__fish_mia_feed_using_subcommand synth" -l chain-every -d 'Seconds between option chains without open interest in regular hours; 0 for none' -r
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
complete -c mia-feed -n "__fish_mia_feed_using_subcommand help; and not __fish_seen_subcommand_from replay csv dbn dtc iqfeed sierra merge cboe synth help" -f -a "replay" -d 'Replay recordings (NDJSON)'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand help; and not __fish_seen_subcommand_from replay csv dbn dtc iqfeed sierra merge cboe synth help" -f -a "csv" -d 'Read trades or bars from CSV files'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand help; and not __fish_seen_subcommand_from replay csv dbn dtc iqfeed sierra merge cboe synth help" -f -a "dbn" -d 'Read Databento files (DBN, or the text their command prints)'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand help; and not __fish_seen_subcommand_from replay csv dbn dtc iqfeed sierra merge cboe synth help" -f -a "dtc" -d 'Follow symbols of a DTC server (Sierra Chart: not those of CME, read its files instead)'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand help; and not __fish_seen_subcommand_from replay csv dbn dtc iqfeed sierra merge cboe synth help" -f -a "iqfeed" -d 'Follow symbols of IQFeed, or ask it for ticks and bars of the past'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand help; and not __fish_seen_subcommand_from replay csv dbn dtc iqfeed sierra merge cboe synth help" -f -a "sierra" -d 'Read Sierra Chart\'s files: intraday, depth, text exports, the dumper\'s lines'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand help; and not __fish_seen_subcommand_from replay csv dbn dtc iqfeed sierra merge cboe synth help" -f -a "merge" -d 'Join several streams by time'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand help; and not __fish_seen_subcommand_from replay csv dbn dtc iqfeed sierra merge cboe synth help" -f -a "cboe" -d 'Read Cboe\'s delayed option chains, from files or from the address'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand help; and not __fish_seen_subcommand_from replay csv dbn dtc iqfeed sierra merge cboe synth help" -f -a "synth" -d 'Make up sessions: seeded, and every record says that it is synthetic'
complete -c mia-feed -n "__fish_mia_feed_using_subcommand help; and not __fish_seen_subcommand_from replay csv dbn dtc iqfeed sierra merge cboe synth help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
