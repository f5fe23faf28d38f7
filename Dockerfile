# syntax=docker/dockerfile:1
# docker build .                    the gateway, without the emulated cluster
# docker build --target emulator .  the emulated cluster, for development and tests
# The SDK runs on the machine that builds, for whatever processor the image is.
FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0 AS source
WORKDIR /src
# What a restore reads comes first, so that a change of code does not restore again.
COPY global.json .editorconfig Directory.Build.props Directory.Packages.props ./

FROM source AS build-emulator
COPY Gateway.Emulator/Gateway.Emulator.csproj Gateway.Emulator/packages.lock.json Gateway.Emulator/
RUN dotnet restore Gateway.Emulator --locked-mode
COPY Gateway.Emulator Gateway.Emulator
# No program beside the .dll: it would be one for the machine that builds.
RUN dotnet publish Gateway.Emulator -c Release --no-restore -o /app -p:UseAppHost=false

FROM source AS build-gateway
COPY Gateway.Api/Gateway.Api.csproj Gateway.Api/packages.production.lock.json Gateway.Api/
COPY Gateway.Core/Gateway.Core.csproj Gateway.Core/packages.lock.json Gateway.Core/
# amd64 or arm64: machine code is compiled for it ahead of time; for any other at run time.
ARG TARGETARCH
RUN dotnet restore Gateway.Api -p:WithEmulator=false -p:ImageArchitecture=$TARGETARCH --locked-mode
COPY Gateway.Core Gateway.Core
# The program serves them.
COPY docs docs
COPY Gateway.Api Gateway.Api
RUN dotnet publish Gateway.Api -c Release --no-restore -p:WithEmulator=false -p:ImageArchitecture=$TARGETARCH -o /app

# Chiseled: no shell, no package manager, a non-root user (1654).
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled AS runtime
WORKDIR /app
USER $APP_UID
# Nothing is written but temporary files: run with a read-only root file system and an empty /tmp.
ENV DOTNET_EnableDiagnostics=0

FROM runtime AS emulator
LABEL org.opencontainers.image.title="registry-gateway-emulator" \
      org.opencontainers.image.description="An emulated Kubernetes API server for development and tests of the registry gateway" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build-emulator /app .
EXPOSE 8081
# Its default is loopback; in a container it is asked from outside.
ENV Emulator__Url=http://+:8081
# There is no shell for curl: the binary asks itself.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["dotnet", "Gateway.Emulator.dll", "--probe", "http://127.0.0.1:8081/readyz"]
ENTRYPOINT ["dotnet", "Gateway.Emulator.dll"]

# The last stage is what is built when none is named.
FROM runtime AS gateway
LABEL org.opencontainers.image.title="registry-gateway" \
      org.opencontainers.image.description="A registry for legacy services on Kubernetes: register, look up and subscribe over HTTP" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build-gateway /app .
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["dotnet", "Gateway.Api.dll", "--probe", "http://127.0.0.1:8080/readyz"]
ENTRYPOINT ["dotnet", "Gateway.Api.dll"]
