# SPDX-License-Identifier: GPL-3.0-or-later
# Completion of `diabolo` for bash. The program itself says what may follow (`diabolo __complete`), from the tables that read its arguments.
_diabolo() {
  local words=() word line i
  COMPREPLY=()
  # bash splits words at '=' and ':'; they are joined again.
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if ((${#words[@]} > 0)) && [[ $word == [=:]* || ${words[-1]} == *[=:] ]] && [[ $COMP_WORDBREAKS == *[=:]* ]]; then
      words[-1]+=$word
    else
      words+=("$word")
    fi
  done
  local current=${words[-1]} joined
  joined=${current%"${current##*[=:]}"} # bash wants what is behind the last '=' or ':' alone
  while IFS= read -r line; do
    case $line in
      :files*) # with these endings, and folders to go on; without, all
        local endings=${line#:files} ending part=${current##*=}
        part=${part/#\~\//$HOME/}
        while IFS= read -r word; do
          if [ -d "$word" ]; then COMPREPLY+=("$word/"); continue; fi
          [ -z "$endings" ] && COMPREPLY+=("$word")
          for ending in $endings; do [[ $word == *.$ending ]] && COMPREPLY+=("$word"); done
        done < <(compgen -f -- "$part")
        compopt -o filenames 2>/dev/null
        ;;
      *) COMPREPLY+=("${line#"$joined"}") ;;
    esac
  done < <("${COMP_WORDS[0]}" __complete "${words[@]}" 2>/dev/null | sort -u)
  if ((${#COMPREPLY[@]} == 1)); then
    case ${COMPREPLY[0]} in *[=./]) [[ ${COMPREPLY[0]} == *. && $current != *. && ${#words[@]} -lt 2 ]] || compopt -o nospace 2>/dev/null ;; esac
  fi
}
complete -F _diabolo diabolo
