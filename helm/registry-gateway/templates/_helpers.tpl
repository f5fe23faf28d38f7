{{- define "registry-gateway.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "registry-gateway.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains (include "registry-gateway.name" .) .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "registry-gateway.name" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "registry-gateway.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "registry-gateway.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.name is needed when serviceAccount.create is false" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "registry-gateway.selectorLabels" -}}
app.kubernetes.io/name: {{ include "registry-gateway.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "registry-gateway.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{ include "registry-gateway.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "registry-gateway.replicasAtMost" -}}
{{- if .Values.autoscaling.enabled -}}{{ .Values.autoscaling.maxReplicas }}{{- else -}}{{ .Values.replicaCount }}{{- end -}}
{{- end -}}

{{- define "registry-gateway.scheme" -}}
{{- if .Values.tls.existingSecret -}}HTTPS{{- else -}}HTTP{{- end -}}
{{- end -}}

{{- define "registry-gateway.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{/* Refuses combinations of values that would install but not work correctly. */}}
{{- define "registry-gateway.validate" -}}
{{- $hasRedis := or .Values.redis.configuration .Values.redis.existingSecret -}}
{{- if and (gt (int (include "registry-gateway.replicasAtMost" .)) 1) .Values.config.leases.enabled (not $hasRedis) -}}
{{- fail "More than one replica with leases needs Redis (redis.configuration or redis.existingSecret), or config.leases.enabled=false." -}}
{{- end -}}
{{- if and .Values.config.identity.sourceAddress .Values.ingress.enabled (not .Values.config.identity.trustedProxies) -}}
{{- fail "Source addresses behind an Ingress identify the Ingress, not the caller: list its addresses in config.identity.trustedProxies." -}}
{{- end -}}
{{- if and (or .Values.facades.eureka .Values.facades.consul .Values.facades.nacos .Values.facades.spring .Values.facades.prometheus) (not .Values.config.identity.sourceAddress) (not .Values.facades.tokens) -}}
{{- fail "A facade recognises its callers by their source address (config.identity.sourceAddress=true), or by tokens that they renew (facades.tokens=true); a fixed credential ends with its token." -}}
{{- end -}}
{{- if and .Values.facades.leases (not .Values.config.leases.enabled) -}}
{{- fail "facades.leases needs heartbeat leases (config.leases.enabled)." -}}
{{- end -}}
{{- if and .Values.policy.enabled .Values.policy.required (not (.Capabilities.APIVersions.Has "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy")) -}}
{{- fail "This cluster has no ValidatingAdmissionPolicy (Kubernetes 1.30): the gateway's right to patch pods would be unrestricted. Set policy.required=false to accept that." -}}
{{- end -}}
{{- range .Values.config.registry.mirrors -}}
{{- if and $.Values.policy.enabled (not (has . $.Values.policy.mirrors)) -}}
{{- fail (printf "config.registry.mirrors writes %s, which policy.mirrors does not allow." .) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.redis.configuration .Values.redis.existingSecret -}}
{{- fail "redis.configuration and redis.existingSecret exclude each other." -}}
{{- end -}}
{{- end -}}

{{/* The rules for what is watched and patched: one ClusterRole, or a Role in each watched namespace. */}}
{{- define "registry-gateway.namespacedRules" -}}
- {apiGroups: [""], resources: [pods], verbs: [get, list, watch, patch]}
- {apiGroups: [""], resources: [services], verbs: [list, watch]}
{{- if eq .Values.config.kubernetes.endpoints "Endpoints" }}
- {apiGroups: [""], resources: [endpoints], verbs: [list, watch]}
{{- else }}
- {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list, watch]}
{{- end }}
{{- if .Values.rbac.events }}
- {apiGroups: [events.k8s.io], resources: [events], verbs: [create]}
{{- end }}
{{- end -}}

{{- define "registry-gateway.reviewRules" -}}
- {apiGroups: [authentication.k8s.io], resources: [tokenreviews], verbs: [create]}
- {apiGroups: [authorization.k8s.io], resources: [subjectaccessreviews], verbs: [create]}
{{- end -}}

{{/* What the policy allows in addition to the gateway's own keys: the annotations and labels of the mirrors in policy.mirrors, as CEL. */}}
{{- define "registry-gateway.mirrorAnnotations" -}}
{{- $keys := list -}}
{{- if or (has "dubbo-go-1.4" .Values.policy.mirrors) (has "dubbo-go-1.5" .Values.policy.mirrors) -}}{{- $keys = append $keys "'dubbo.io/annotation'" -}}{{- end -}}
{{- if has "generic" .Values.policy.mirrors -}}{{- $keys = append $keys "'app.io/annotation'" -}}{{- end -}}
{{- if has "dubbo-java" .Values.policy.mirrors -}}{{- $keys = append $keys "'io.dubbo/metadata'" -}}{{- end -}}
[{{ join ", " $keys }}]
{{- end -}}

{{- define "registry-gateway.labelValues" -}}
{{- $labels := list (printf "'%s/registered': ['true']" .Values.config.registry.annotationPrefix) -}}
{{- $values := list -}}
{{- if has "dubbo-go-1.4" .Values.policy.mirrors -}}{{- $values = append $values "'dubbo.io-value'" -}}{{- end -}}
{{- if has "dubbo-go-1.5" .Values.policy.mirrors -}}{{- $values = append $values "'dubbo.io.provider'" -}}{{- end -}}
{{- if $values -}}{{- $labels = append $labels (printf "'dubbo.io/label': [%s]" (join ", " $values)) -}}{{- end -}}
{{- if has "generic" .Values.policy.mirrors -}}{{- $labels = append $labels "'app.io/label': ['app.io-value']" -}}{{- end -}}
{{ printf "{%s}" (join ", " $labels) }}
{{- end -}}
