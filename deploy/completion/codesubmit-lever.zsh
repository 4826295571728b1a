#compdef codesubmit-lever
_codesubmit_lever() {
  local -a offered=("${(@f)$(codesubmit-lever __complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  case $offered[1] in
    :file) _files ;;
    :folder) _files -/ ;;
    ?*) offered=("${(@)offered//:/\\:}"); offered=("${(@)offered/ /:}"); _describe word offered ;;
  esac
}
if [ "$funcstack[1]" = _codesubmit-lever ]; then _codesubmit_lever; else compdef _codesubmit_lever codesubmit-lever; fi
