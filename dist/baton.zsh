#compdef baton
# zsh completion for baton(1)
if (( CURRENT == 2 )); then
    compadd -- ${(f)"$(baton --commands)"}
elif [[ $words[CURRENT] == -* ]]; then
    compadd -- ${(f)"$(baton $words[2] --help 2>/dev/null | grep -oE -- '^ +--[a-z-]+' | tr -d ' ')"}
else
    case $words[2] in
    start | describe | list) compadd -- ${(f)"$(baton list 2>/dev/null | awk 'NR > 1 { print $NF }')"} ;;
    callbacks) compadd list show put delete ;;
    mailbox) compadd list show rekey replay drop ;;
    links) compadd list rotate retire revoke ;;
    waiting | complete | fail | heartbeat | extend | resend) compadd -- ${(f)"$(baton waiting 2>/dev/null | awk 'NR > 1 { print $NF }')"} ;;
    functions | logs) compadd -- ${(f)"$(baton functions 2>/dev/null | awk 'NR > 1 { print $1 }')"} ;;
    queues | topics | tables) compadd -- ${(f)"$(baton $words[2] 2>/dev/null | awk 'NR > 1 { print $1 }')"} ;;
    routes)
        if (( CURRENT == 3 )); then
            compadd list put show delete test
        elif [[ $words[3] == (put|test) ]]; then
            _files
        else
            compadd -- ${(f)"$(baton routes 2>/dev/null | awk 'NR > 1 { print $1 }')"}
        fi ;;
    deliveries)
        if (( CURRENT == 3 )); then
            compadd list show replay
        else
            compadd -- ${(f)"$(baton deliveries 2>/dev/null | awk 'NR > 1 { print $1 }')"}
        fi ;;
    deploy | lint | serve) _files ;;
    esac
fi
