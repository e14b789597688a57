complete -c mia-check -l tolerance -d 'Tolerate so much of a finding: CODE=5, CODE=1%, CODE=1/10000 or CODE=all' -r
complete -c mia-check -l format -d 'How findings are written; `auto` is a table on a terminal and records in a pipe' -r -f -a "auto\t'A table on a terminal, records in a pipe'
table\t'A table for people'
ndjson\t'Alert records'"
complete -c mia-check -l sym -d 'Contract of foreign rows that name none; the configured instrument is the default' -r
complete -c mia-check -l zone -d 'Time zone of foreign stamps that name none, for example Europe/Paris' -r
complete -c mia-check -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-check -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-check -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-check -l since -d 'Use records from TIME on' -r
complete -c mia-check -l until -d 'Use records before TIME' -r
complete -c mia-check -l limit -d 'Use at most N records' -r
complete -c mia-check -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-check -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-check -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-check -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-check -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-check -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-check -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-check -l live -d 'Tell findings as they come, one a kind and minute of event time, for a pipe that runs'
complete -c mia-check -s f -l force -d 'Overwrite the file of --output'
complete -c mia-check -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-check -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-check -s q -l quiet -d 'Say only what ends the command'
complete -c mia-check -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-check -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-check -s V -l version -d 'Print version'
