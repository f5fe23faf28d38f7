#!/usr/bin/env bash
# Prints the instances of a service whenever they change: consume.sh http://gateway:8080 NAMESPACE SERVICE
set -u
declare -A instances=()
url="$1/v1/namespaces/$2/services/$3/watch" last="" event="" fields='"id":"([0-9a-f]{32})"[^{}]*"address":"([^"]*)"[^{}]*"port":([0-9]+)'
while true; do
  while IFS= read -r line; do
    case $line in
      "id: "*) last=${line#id: } ;;
      "event: "*) event=${line#event: } ;;
      "data: "*)
        data=${line#data: }
        [[ $event == snapshot ]] && instances=()
        while [[ $event =~ ^(snapshot|added|modified|removed)$ && $data =~ $fields ]]; do
          if [[ $event == removed ]]; then unset "instances[${BASH_REMATCH[1]}]"; else instances[${BASH_REMATCH[1]}]=${BASH_REMATCH[2]}:${BASH_REMATCH[3]}; fi
          data=${data#*"${BASH_REMATCH[0]}"}
        done
        [[ $event =~ ^(snapshot|added|modified|removed)$ ]] && printf '%s\n' "${instances[@]:-none}" | sort | paste -sd ' ' ;;
    esac
  done < <(curl -sN ${last:+-H "Last-Event-ID: $last"} ${REGISTRY_TOKEN_FILE:+-H "Authorization: Bearer $(<"$REGISTRY_TOKEN_FILE")"} "$url")
  sleep 1   # the stream ended (goaway, network): reconnect with the last id, nothing is missed
done
