# SPDX-License-Identifier: Apache-2.0
# fish completion of bangfu; made by: bangfu completion fish
function __bangfu_words
	set -l tokens (commandline -opc)
	set -l cur (commandline -ct)
	set -l verb ''
	set -l option ''
	set -l skip 0
	for token in $tokens[2..-1]
		if test $skip = 1
			set skip 0
			continue
		end
		switch $token
			case --dir --socket --lang --format
				set skip 1
			case '-*'
			case '*'
				set verb $token
				break
		end
	end
	string match -q -- '--*' $tokens[-1]; and set option $tokens[-1]
	for line in ($tokens[1] completion words -- "$verb" "$option" "$cur" 2>/dev/null)
		if string match -q -- ':files*' $line
			__fish_complete_path $cur
		else
			echo $line
		end
	end
end
complete -c bangfu -f -a '(__bangfu_words)'
