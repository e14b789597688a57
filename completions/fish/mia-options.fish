# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_mia_options_global_optspecs
    string join \n format= by= history each svg= png= window= und= root= expiry= at= spot= dealer-sign= vol= gamma= carry= rate= dividend= wall-by= o/output= f/force only= drop= schema since= until= limit= max-line= max-bad= config= profile= set= print-config q/quiet v/verbose color= progress= h/help V/version
end

function __fish_mia_options_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_mia_options_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_mia_options_using_subcommand
    set -l cmd (__fish_mia_options_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c mia-options -n "__fish_mia_options_needs_command" -l format -d 'How results are written; `auto` is a table on a terminal and records in a pipe' -r -f -a "auto\t'A table on a terminal, records in a pipe'
table\t'Numbers and a ladder of strikes for people'
json\t'A JSON document a snapshot'
csv\t'A row a strike, an expiry or (with --history) a snapshot'
ndjson\t'`gex` records'"
complete -c mia-options -n "__fish_mia_options_needs_command" -l by -d 'What tables and CSV have rows of; records list strikes or expiries only if asked to' -r -f -a "strike\t'Strikes'
expiry\t'Expiries'"
complete -c mia-options -n "__fish_mia_options_needs_command" -l svg -d 'Draw the newest chain into FILE as SVG' -r -F
complete -c mia-options -n "__fish_mia_options_needs_command" -l png -d 'Draw the newest chain into FILE as PNG' -r -F
complete -c mia-options -n "__fish_mia_options_needs_command" -l window -d 'Strikes shown in pictures and in the ladder, percent of the spot on each side' -r
complete -c mia-options -n "__fish_mia_options_needs_command" -l und -d 'Use chains of these underlyings only, for example SPX' -r
complete -c mia-options -n "__fish_mia_options_needs_command" -l root -d 'Use options of these roots only, for example SPXW' -r
complete -c mia-options -n "__fish_mia_options_needs_command" -l expiry -d 'Use these expiries only: a date, dates FROM..TO, or the next days: 0d is today, 7d a week' -r
complete -c mia-options -n "__fish_mia_options_needs_command" -l at -d 'Value the chain at this time instead of when it was received' -r
complete -c mia-options -n "__fish_mia_options_needs_command" -l spot -d 'Value the chain at this price of the underlying instead of its own' -r
complete -c mia-options -n "__fish_mia_options_needs_command" -l dealer-sign -d 'Assumed position of the dealers: call=+1,put=-1, or long-calls (the same), short-calls, short-both, long-both' -r
complete -c mia-options -n "__fish_mia_options_needs_command" -l vol -d 'Take volatilities from the quotes, or as the source gives them' -r
complete -c mia-options -n "__fish_mia_options_needs_command" -l gamma -d 'Compute gamma, or take it as the source gives it' -r
complete -c mia-options -n "__fish_mia_options_needs_command" -l carry -d 'Take the forward from put-call parity, or from --rate and --dividend' -r
complete -c mia-options -n "__fish_mia_options_needs_command" -l rate -d 'Interest rate a year, continuous, for example 0.04' -r
complete -c mia-options -n "__fish_mia_options_needs_command" -l dividend -d 'Dividend yield a year, continuous, for example 0.013' -r
complete -c mia-options -n "__fish_mia_options_needs_command" -l wall-by -d 'What makes a wall: exposure of its side, net exposure, or open interest' -r
complete -c mia-options -n "__fish_mia_options_needs_command" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-options -n "__fish_mia_options_needs_command" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-options -n "__fish_mia_options_needs_command" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-options -n "__fish_mia_options_needs_command" -l since -d 'Use records from TIME on' -r
complete -c mia-options -n "__fish_mia_options_needs_command" -l until -d 'Use records before TIME' -r
complete -c mia-options -n "__fish_mia_options_needs_command" -l limit -d 'Use at most N records' -r
complete -c mia-options -n "__fish_mia_options_needs_command" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-options -n "__fish_mia_options_needs_command" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-options -n "__fish_mia_options_needs_command" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-options -n "__fish_mia_options_needs_command" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-options -n "__fish_mia_options_needs_command" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-options -n "__fish_mia_options_needs_command" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-options -n "__fish_mia_options_needs_command" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-options -n "__fish_mia_options_needs_command" -l history -d 'A row a snapshot: time, spot, net, flip, walls, share that expires today, expected move'
complete -c mia-options -n "__fish_mia_options_needs_command" -l each -d 'Write every snapshot in full as it comes, not only the newest'
complete -c mia-options -n "__fish_mia_options_needs_command" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-options -n "__fish_mia_options_needs_command" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-options -n "__fish_mia_options_needs_command" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-options -n "__fish_mia_options_needs_command" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-options -n "__fish_mia_options_needs_command" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-options -n "__fish_mia_options_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-options -n "__fish_mia_options_needs_command" -s V -l version -d 'Print version'
complete -c mia-options -n "__fish_mia_options_needs_command" -a "price" -d 'Price an option, with its Greeks'
complete -c mia-options -n "__fish_mia_options_needs_command" -a "iv" -d 'Find the volatility that a price implies'
complete -c mia-options -n "__fish_mia_options_needs_command" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -l right -d 'C (call) or P (put)' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -l strike -d 'Strike, points; without it requests are read line by line' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -l spot -d 'Price of the underlying, points' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -l forward -d 'Forward instead of the spot, points: Black-76, for options on futures' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -l minutes -d 'Time to expiry, minutes' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -l years -d 'Time to expiry, years of 525,600 minutes' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -l expiry -d 'Date of expiry, by the calendar; needs --at' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -l settle -d 'Settlement on the date of expiry: am (09:30 New York) or pm (16:00, earlier where the day closes early)' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -l at -d 'When the option is priced: see --since for the ways to write a time' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -l rate -d 'Interest rate a year, continuous, for example 0.04' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -l dividend -d 'Dividend yield a year, continuous, for example 0.013' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -l vol -d 'Volatility a year, for example 0.11' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -l format -d 'How the answer is written: a table, or a JSON object an option' -r -f -a "table\t'A table for people'
json\t'A JSON object an option, a line each'"
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -l since -d 'Use records from TIME on' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -l until -d 'Use records before TIME' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -l limit -d 'Use at most N records' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-options -n "__fish_mia_options_using_subcommand price" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -l right -d 'C (call) or P (put)' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -l strike -d 'Strike, points; without it requests are read line by line' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -l spot -d 'Price of the underlying, points' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -l forward -d 'Forward instead of the spot, points: Black-76, for options on futures' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -l minutes -d 'Time to expiry, minutes' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -l years -d 'Time to expiry, years of 525,600 minutes' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -l expiry -d 'Date of expiry, by the calendar; needs --at' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -l settle -d 'Settlement on the date of expiry: am (09:30 New York) or pm (16:00, earlier where the day closes early)' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -l at -d 'When the option is priced: see --since for the ways to write a time' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -l rate -d 'Interest rate a year, continuous, for example 0.04' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -l dividend -d 'Dividend yield a year, continuous, for example 0.013' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -l price -d 'Price of the option as it is paid, points' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -l format -d 'How the answer is written: a sentence, or a JSON object' -r -f -a "table\t'A table for people'
json\t'A JSON object an option, a line each'"
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -l since -d 'Use records from TIME on' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -l until -d 'Use records before TIME' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -l limit -d 'Use at most N records' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -s f -l force -d 'Overwrite the file of --output'
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -s q -l quiet -d 'Say only what ends the command'
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-options -n "__fish_mia_options_using_subcommand iv" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-options -n "__fish_mia_options_using_subcommand help; and not __fish_seen_subcommand_from price iv help" -f -a "price" -d 'Price an option, with its Greeks'
complete -c mia-options -n "__fish_mia_options_using_subcommand help; and not __fish_seen_subcommand_from price iv help" -f -a "iv" -d 'Find the volatility that a price implies'
complete -c mia-options -n "__fish_mia_options_using_subcommand help; and not __fish_seen_subcommand_from price iv help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
