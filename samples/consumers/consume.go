// Prints the instances of a service whenever they change: go run consume.go http://gateway:8080 NAMESPACE SERVICE
// REGISTRY_TOKEN_FILE names a token file, where lookups need one (Access__Lookup=Rbac).
package main

import ("bufio"; "encoding/json"; "fmt"; "net/http"; "os"; "slices"; "strings"; "time")

type instance struct { ID, Address, Detail string; Port int; Instances []instance }

func main() {
	if len(os.Args) != 4 { fmt.Fprintln(os.Stderr, "usage: go run consume.go http://gateway:8080 NAMESPACE SERVICE"); os.Exit(2) }
	instances, last, event := map[string]string{}, "", ""
	for ; ; time.Sleep(time.Second) { // the stream ended: reconnect with the last id, nothing is missed
		request, _ := http.NewRequest("GET", fmt.Sprintf("%s/v1/namespaces/%s/services/%s/watch", os.Args[1], os.Args[2], os.Args[3]), nil)
		if last != "" { request.Header.Set("Last-Event-ID", last) }
		if file := os.Getenv("REGISTRY_TOKEN_FILE"); file != "" { // read each time: it is renewed
			token, _ := os.ReadFile(file)
			request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
		}
		answer, lost := http.DefaultClient.Do(request)
		if lost != nil { fmt.Fprintln(os.Stderr, "not reached:", lost); continue }
		if answer.StatusCode != 200 { // a problem (RFC 9457) in place of a stream
			problem := instance{Detail: answer.Status}
			json.NewDecoder(answer.Body).Decode(&problem)
			fmt.Fprintln(os.Stderr, "refused:", problem.Detail)
			answer.Body.Close()
			time.Sleep(10 * time.Second)
			continue
		}
		lines := bufio.NewScanner(answer.Body)
		for lines.Buffer(nil, 64<<20); lines.Scan(); {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch {
			case name == "id": last = value
			case name == "event": event = value
			case name == "data" && event == "problem":
				problem := instance{}
				json.Unmarshal([]byte(value), &problem)
				fmt.Fprintln(os.Stderr, "refused:", problem.Detail)
			case name == "data" && slices.Contains([]string{"snapshot", "added", "modified", "removed"}, event):
				received := instance{}
				json.Unmarshal([]byte(value), &received)
				if event == "snapshot" { clear(instances) } else { received.Instances = []instance{received} }
				for _, one := range received.Instances {
					if event == "removed" { delete(instances, one.ID) } else { instances[one.ID] = fmt.Sprintf("%s:%d", one.Address, one.Port) }
				}
				all := []string{}
				for _, address := range instances { all = append(all, address) }
				slices.Sort(all)
				fmt.Println(strings.Join(all, " "))
			}
		}
		answer.Body.Close()
	}
}
