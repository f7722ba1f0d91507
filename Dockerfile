# `pellucid serve` in a container: without a shell, as a user without rights.
#   docker build -t pellucid .
#   docker run -p 8080:8080 -e PELLUCID_API_KEYS=… -v /my/models:/models:ro pellucid serve /models/mine --urls http://0.0.0.0:8080
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
RUN dotnet publish src/Pellucid.Cli -c Release -o /pellucid

FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled
WORKDIR /pellucid
COPY --from=build /pellucid .
USER $APP_UID
EXPOSE 8080
# The command asks the server itself: there is nothing else here that could.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["dotnet", "/pellucid/Pellucid.Cli.dll", "doctor", "--server", "http://127.0.0.1:8080"]
ENTRYPOINT ["dotnet", "/pellucid/Pellucid.Cli.dll"]
CMD ["serve", "tiny", "--urls", "http://0.0.0.0:8080"]
