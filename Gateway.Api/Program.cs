using Gateway.Api.Commands;
using Gateway.Api.Hosting;
using Gateway.Core.Kubernetes.Client.Failures;

if (HelpCommand.IsAsked(args))
    return await HelpCommand.RunAsync(args, Console.Out);
if (ProbeCommand.IsAsked(args))
    return await ProbeCommand.RunAsync(args);
if (UnknownArguments.FaultOf(args) is { } unknown)
{
    await Console.Error.WriteLineAsync(unknown);
    return 2;
}
try
{
    if (CleanupCommand.IsAsked(args))
        return await CleanupCommand.RunAsync(args, Console.Out);
    if (CheckCommand.IsAsked(args))
        return await CheckCommand.RunAsync(args, Console.Out);

    await using var gateway = GatewayApplication.Build(args);
    return await GatewayApplication.RunAsync(gateway);
}
catch (Exception invalid) when (invalid is InvalidConfigurationException or ClusterConfigurationException)
{
    // The operator's mistake: what is wrong with it, and no stack.
    await Console.Error.WriteLineAsync(invalid.Message);
    return 2;
}
