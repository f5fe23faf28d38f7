using Gateway.Api.Hosting;

if (ProbeCommand.IsAsked(args))
    return await ProbeCommand.RunAsync(args);

await using var gateway = GatewayApplication.Build(args);
await gateway.RunAsync();
return 0;
