_codesubmit_lever() {
  local IFS=$'\n' word="${COMP_WORDS[COMP_CWORD]}" offered
  if [[ $word == '=' ]]; then word=''; fi
  offered=$(codesubmit-lever __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -d ' ' -f 1)
  case "$offered" in
    :file) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$word")) ;;
    :folder) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$word")) ;;
    *) COMPREPLY=($(compgen -W "$offered" -- "$word")) ;;
  esac
}
complete -F _codesubmit_lever codesubmit-lever
