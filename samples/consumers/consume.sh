#!/usr/bin/env bash
# Prints the instances of a service whenever they change: consume.sh http://gateway:8080 NAMESPACE SERVICE
# REGISTRY_TOKEN_FILE names a token file, where lookups need one (Access__Lookup=Rbac).
set -u
: "${3:?usage: consume.sh http://gateway:8080 NAMESPACE SERVICE}"
declare -A instances=()
url="$1/v1/namespaces/$2/services/$3/watch" last="" event="" fields='"id":"([0-9a-f]{32})"[^{}]*"address":"([^"]*)"[^{}]*"port":([0-9]+)'
while true; do
  pause=1
  while IFS= read -r line; do
    case $line in
      "id: "*) last=${line#id: } ;;
      "event: "*) event=${line#event: } ;;
      "data: "*)
        data=${line#data: }
        [[ $event == problem && $data =~ \"detail\":\"([^\"]*)\" ]] && echo "refused: ${BASH_REMATCH[1]}" >&2
        [[ $event == snapshot ]] && instances=()
        while [[ $event =~ ^(snapshot|added|modified|removed)$ && $data =~ $fields ]]; do
          if [[ $event == removed ]]; then unset "instances[${BASH_REMATCH[1]}]"; else instances[${BASH_REMATCH[1]}]=${BASH_REMATCH[2]}:${BASH_REMATCH[3]}; fi
          data=${data#*"${BASH_REMATCH[0]}"}
        done
        [[ $event =~ ^(snapshot|added|modified|removed)$ ]] && printf '%s\n' "${instances[@]:-none}" | sort | paste -sd ' ' ;;
      "{"*) # a problem (RFC 9457) in place of a stream
        [[ $line =~ \"detail\":\"([^\"]*)\" ]] && line=${BASH_REMATCH[1]}
        echo "refused: $line" >&2
        pause=10 ;;
    esac
  done < <(curl -sSN ${last:+-H "Last-Event-ID: $last"} ${REGISTRY_TOKEN_FILE:+-H "Authorization: Bearer $(<"$REGISTRY_TOKEN_FILE")"} "$url"; echo)
  sleep $pause   # the stream ended (goaway, network): reconnect with the last id, nothing is missed
done
