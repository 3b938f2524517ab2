{{- define "dlp.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "dlp.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "dlp.labels" -}}
{{ include "dlp.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "dlp.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
{{- end }}

{{- define "dlp.caSecret" -}}
{{- if .Values.ca.certManager.enabled }}{{ include "dlp.name" . }}-ca{{ else }}{{ .Values.ca.existingSecret }}{{ end }}
{{- end }}

{{- /* Whether there can be more than one pod. */}}
{{- define "dlp.several" -}}
{{- if or .Values.autoscaling.enabled (gt (int .Values.replicas) 1) }}true{{ end }}
{{- end }}

{{- /* What no schema can say: values that contradict each other. */}}
{{- define "dlp.check" -}}
{{- $caSecret := include "dlp.caSecret" . }}
{{- $shared := and .Values.database.existingSecret .Values.vault.url }}
{{- if .Values.trial }}
{{- if include "dlp.several" . }}{{ fail "trial: one pod only; set replicas to 1 and autoscaling.enabled to false" }}{{ end }}
{{- else }}
{{- if not $caSecret }}{{ fail "ca: set ca.existingSecret or ca.certManager.enabled (or trial, to try it out)" }}{{ end }}
{{- if not .Values.keys.existingSecret }}{{ fail "keys: set keys.existingSecret (or trial, to try it out)" }}{{ end }}
{{- end }}
{{- if and .Values.ca.certManager.enabled .Values.ca.existingSecret }}{{ fail "ca: set either ca.existingSecret or ca.certManager.enabled" }}{{ end }}
{{- if and .Values.ca.certManager.enabled (not .Values.ca.certManager.issuer) }}{{ fail "ca.certManager.issuer: say which" }}{{ end }}
{{- if and (include "dlp.several" .) (not $shared) }}{{ fail "several pods need database.existingSecret and vault.url, or each keeps incidents of its own" }}{{ end }}
{{- if and (not .Values.persistence.enabled) (not $shared) (not .Values.trial) }}{{ fail "persistence.enabled: without it, set database.existingSecret and vault.url, or incidents are lost with the pod" }}{{ end }}
{{- end }}

{{- define "dlp.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}
