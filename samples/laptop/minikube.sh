#!/usr/bin/env bash
# The registry gateway on minikube: build, load, install, register a pod, look it up. Run it in the project's folder; needs docker, helm, kubectl, minikube.
set -euo pipefail
minikube start --profile registry --kubernetes-version=v1.34.0
docker build -t registry-gateway:0.1.0 .
minikube image load registry-gateway:0.1.0 --profile registry
helm install registry-gateway helm/registry-gateway --namespace registry --create-namespace --set replicaCount=1 --set image.repository=registry-gateway --wait --timeout 5m
kubectl create namespace shop
kubectl apply -f samples/kubernetes/greeter.yaml
kubectl -n shop rollout status deployment/greeter --timeout=5m
kubectl -n shop exec deploy/greeter -- curl -s http://registry-gateway.registry:8080/v1/namespaces/shop/services/greeting/instances
# When done: minikube delete --profile registry
