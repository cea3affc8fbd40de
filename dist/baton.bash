# bash completion for baton(1)
_baton()
{
    local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}
    if [ "$COMP_CWORD" = 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$(baton --commands)" -- "$word")
        return
    fi
    case $word in
    -*) mapfile -t COMPREPLY < <(compgen -W "$(baton "$command" --help 2>/dev/null |
            grep -oE -- '^ +--[a-z-]+' | tr -d ' ')" -- "$word") ;;
    *) case $command in
        start | describe | list)
            mapfile -t COMPREPLY < <(compgen -W "$(baton list 2>/dev/null | awk 'NR > 1 { print $NF }')" -- "$word") ;;
        deploy | lint) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
        esac ;;
    esac
}
complete -o filenames -F _baton baton
