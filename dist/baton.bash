# bash completion for baton(1)
_baton()
{
    local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} words=
    if [ "$COMP_CWORD" = 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$(baton --commands)" -- "$word")
        return
    fi
    case $word in
    -*) words=$(baton "$command" --help 2>/dev/null | grep -oE -- '^ +--[a-z-]+' | tr -d ' ') ;;
    *) case $command in
        start | describe | list) words=$(baton list 2>/dev/null | awk 'NR > 1 { print $NF }') ;;
        waiting | complete | fail | heartbeat | extend | resend)
            words=$(baton waiting 2>/dev/null | awk 'NR > 1 { print $NF }') ;;
        callbacks) words="list show put delete" ;;
        mailbox) words="list show rekey replay drop" ;;
        links) words="list rotate retire revoke" ;;
        functions | logs) words=$(baton functions 2>/dev/null | awk 'NR > 1 { print $1 }') ;;
        routes)
            if [ "$COMP_CWORD" = 2 ]; then
                words="list put show delete test"
            elif [ "${COMP_WORDS[2]}" = put ] || [ "${COMP_WORDS[2]}" = test ]; then
                mapfile -t COMPREPLY < <(compgen -f -- "$word")
                return
            else
                words=$(baton routes 2>/dev/null | awk 'NR > 1 { print $1 }')
            fi ;;
        deliveries)
            words="list show replay"
            [ "$COMP_CWORD" = 2 ] || words=$(baton deliveries 2>/dev/null | awk 'NR > 1 { print $1 }') ;;
        tables) words=$(baton tables 2>/dev/null | awk 'NR > 1 { print $1 }') ;;
        deploy | lint | serve)
            mapfile -t COMPREPLY < <(compgen -f -- "$word")
            return ;;
        esac ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o filenames -F _baton baton
