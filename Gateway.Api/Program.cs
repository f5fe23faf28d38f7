using Gateway.Api.Hosting;

if (ProbeCommand.IsAsked(args))
    return await ProbeCommand.RunAsync(args);
if (CleanupCommand.IsAsked(args))
    return await CleanupCommand.RunAsync(args, Console.Out);

await using var gateway = GatewayApplication.Build(args);
await gateway.RunAsync();
return 0;
