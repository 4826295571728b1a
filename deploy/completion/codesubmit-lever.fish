function __codesubmit_lever
  set -l word (commandline -ct)
  set -l offered (codesubmit-lever __complete -- (commandline -opc)[2..-1] "$word" 2>/dev/null)
  switch "$offered"
    case :file
      __fish_complete_path "$word"
    case :folder
      __fish_complete_directories "$word"
    case '*'
      string replace ' ' \t -- $offered
  end
end
complete -c codesubmit-lever -f -a '(__codesubmit_lever)'
