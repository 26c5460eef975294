/** The scripts that make a shell ask `brood __complete` when Tab is pressed. */

const BASH = String.raw`# Completion of brood for bash: add to ~/.bashrc
#   source <(brood completion bash)
_brood() {
  local -a words=()
  local index line value current own='' open=1
  COMPREPLY=()
  # Bash cuts words at =, brood does not.
  for ((index = 1; index <= COMP_CWORD; index++)); do
    value=\${COMP_WORDS[index]}
    if ((\${#words[@]} > 0)) && [[ $value == '=' || \${COMP_WORDS[index - 1]} == '=' ]] &&
      ! { ((index == COMP_CWORD)) && [[ $value != '=' && \${COMP_LINE:COMP_POINT-1:1} == ' ' ]]; }; then
      words[\${#words[@]} - 1]+=$value
    else
      words+=("$value")
    fi
  done
  current=\${words[\${#words[@]} - 1]}
  while IFS= read -r line; do
    case $line in
    :files) own=default ;;
    :directories) own=dirnames ;;
    *)
      value=\${line%%$'\t'*}
      [[ $value == *= ]] || open=0
      # What stands before the last = is not part of the word that bash replaces.
      if [[ $current == *=* ]]; then value=\${value#"\${current%=*}="}; fi
      COMPREPLY+=("$value")
      ;;
    esac
  done < <(command brood __complete -- "\${words[@]}" 2>/dev/null)
  if ((open == 1 && \${#COMPREPLY[@]} > 0)); then compopt -o nospace 2>/dev/null; fi
  if [[ -n $own ]]; then compopt -o "$own" 2>/dev/null; fi
}
complete -F _brood brood
`;

const ZSH = String.raw`#compdef brood
# Completion of brood for zsh: add to ~/.zshrc, after compinit
#   source <(brood completion zsh)
# or write it to a file _brood in a directory of $fpath.
_brood() {
  local -a closed open shown_closed shown_open
  local line value about own=''
  for line in "\${(@f)$(command brood __complete -- "\${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}"; do
    case $line in
    :files) own=_files ;;
    :directories) own=_directories ;;
    ?*)
      value=\${line%%$'\t'*}
      about=''
      [[ $line == *$'\t'* ]] && about=\${line#*$'\t'}
      if [[ -n $about ]]; then about="\${(r:14:)value} -- $about"; else about=$value; fi
      if [[ $value == *= ]]; then
        open+=("$value") shown_open+=("$about")
      else
        closed+=("$value") shown_closed+=("$about")
      fi
      ;;
    esac
  done
  ((\${#closed})) && compadd -V brood -l -d shown_closed -a closed
  ((\${#open})) && compadd -V brood -S '' -l -d shown_open -a open
  if [[ -n $own ]]; then $own; fi
}
if [[ \${funcstack[1]} == _brood ]]; then _brood "$@"; elif ((\${+functions[compdef]})); then compdef _brood brood; fi
`;

const FISH = String.raw`# Completion of brood for fish:
#   brood completion fish > ~/.config/fish/completions/brood.fish
function __brood_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in (command brood __complete -- $words[2..-1] "$current" 2>/dev/null)
        switch $line
            case ':files'
                __fish_complete_path "$current"
            case ':directories'
                __fish_complete_directories "$current" ''
            case '*'
                printf '%s\n' $line
        end
    end
end
complete -c brood -f -a '(__brood_complete)'
`;

// A backslash before $ keeps the text of a shell apart from that of the template.
const unescaped = (script: string): string => script.replaceAll(String.raw`\$`, '$');

export const SCRIPTS: Readonly<Record<string, string>> = { bash: unescaped(BASH), zsh: unescaped(ZSH), fish: unescaped(FISH) };
