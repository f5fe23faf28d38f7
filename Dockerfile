# syntax=docker/dockerfile:1
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
# What a restore reads comes first, so that a change of code does not restore again.
COPY global.json Directory.Build.props Directory.Packages.props Gateway.sln ./
COPY Gateway.Api/Gateway.Api.csproj Gateway.Api/
COPY Gateway.Core/Gateway.Core.csproj Gateway.Core/
COPY Gateway.Emulator/Gateway.Emulator.csproj Gateway.Emulator/
RUN dotnet restore Gateway.Api
COPY . .
RUN dotnet publish Gateway.Api -c Release --no-restore -o /app

# Chiseled: no shell, no package manager, a non-root user (1654).
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled
LABEL org.opencontainers.image.title="registry-gateway" \
      org.opencontainers.image.description="A registry for legacy services on Kubernetes: register, look up and subscribe over HTTP" \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
COPY --from=build /app .
USER $APP_UID
EXPOSE 8080
# Nothing is written but temporary files: run with a read-only root file system and an empty /tmp.
ENV DOTNET_EnableDiagnostics=0
# There is no shell for curl: the binary asks itself.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["dotnet", "Gateway.Api.dll", "--probe", "http://127.0.0.1:8080/readyz"]
ENTRYPOINT ["dotnet", "Gateway.Api.dll"]
