complete -c mia-notify -l to -d 'Where messages go: into the output in place of the stream, or to a webhook' -r -f -a "stdout\t'Messages are the output'
webhook\t'JSON by HTTP POST; the output is the stream'"
complete -c mia-notify -l format -d 'How messages are written to stdout' -r -f -a "text\t'A line for people'
json\t'A JSON object a line'"
complete -c mia-notify -l min-level -d 'Leave out messages below LEVEL' -r -f -a "info\t''
warning\t''
critical\t''
emergency\t''"
complete -c mia-notify -l url-file -d 'Read the address of the webhook from FILE, which only its owner may read (mode 0600)' -r -F
complete -c mia-notify -l per-minute -d 'Send at most N messages a minute, after a first burst of five' -r
complete -c mia-notify -l drain -d 'Wait at the end at most SECONDS for messages that are not sent yet' -r
complete -c mia-notify -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c mia-notify -l only -d 'Write only records of these kinds' -r -f -a "trade\t''
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
complete -c mia-notify -l drop -d 'Leave out records of these kinds' -r -f -a "trade\t''
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
complete -c mia-notify -l since -d 'Use records from TIME on' -r
complete -c mia-notify -l until -d 'Use records before TIME' -r
complete -c mia-notify -l limit -d 'Use at most N records' -r
complete -c mia-notify -l max-line -d 'Refuse lines longer than BYTES (suffixes K and M)' -r
complete -c mia-notify -l max-bad -d 'Tolerate N bad lines, or a share such as 1/10000' -r
complete -c mia-notify -l config -d 'Read settings from FILE (TOML)' -r -F
complete -c mia-notify -l profile -d 'Start from a profile: collect, paper or live' -r
complete -c mia-notify -l set -d 'Set one setting, for example --set bars.dur_s=30' -r
complete -c mia-notify -l color -d 'Colour messages' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-notify -l progress -d 'Show a progress bar for files' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c mia-notify -s f -l force -d 'Overwrite the file of --output'
complete -c mia-notify -l schema -d 'Print the JSON Schema of what the command writes, and end'
complete -c mia-notify -l print-config -d 'Print the settings in force with the place each comes from, and end'
complete -c mia-notify -s q -l quiet -d 'Say only what ends the command'
complete -c mia-notify -s v -l verbose -d 'Say more: -v a summary, -vv details'
complete -c mia-notify -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mia-notify -s V -l version -d 'Print version'
