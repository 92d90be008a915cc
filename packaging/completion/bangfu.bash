# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# bash completion of bangfu; made by: bangfu completion bash
_bangfu() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} verb='' option='' begin=1 i text note
	local special='*[][:space:]`$"'\''\\()<>|&;*?{}!#~^[]*'
	local -a texts=() shown=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--dir | --socket | --lang | --format) ((i++)) ;;
		-*) ;;
		*) verb=${COMP_WORDS[i]} && break ;;
		esac
	done
	if [[ $cur == = ]]; then
		option=$prev cur=''
	elif [[ $prev == = ]]; then
		option=${COMP_WORDS[COMP_CWORD - 2]}
	elif [[ $prev == --* ]]; then
		option=$prev
	fi
	COMPREPLY=()
	while IFS=$'\t' read -r text note; do
		if [[ $text == :files ]]; then
			compopt -o default
			return
		fi
		[[ $text == "$cur"* ]] || begin=0
		shown+=("$text  $note")
		# shellcheck disable=SC2053 # a pattern
		[[ $text == $special ]] && printf -v text '%q' "$text"
		texts+=("$text")
	done < <("${COMP_WORDS[0]}" completion words -- "$verb" "$option" "$cur" 2>/dev/null)
	# What does not go on with what was typed is shown and not put, unless it is the only one.
	if ((begin == 1 || ${#texts[@]} == 1)); then
		COMPREPLY=("${texts[@]}")
	else
		COMPREPLY=("${shown[@]}" ' ')
	fi
}
complete -F _bangfu bangfu
