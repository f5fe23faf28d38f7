using Gateway.Emulator;

var configuration = new ConfigurationBuilder().AddJsonFile("appsettings.json", optional: true).AddEnvironmentVariables().AddCommandLine(args).Build();
var options = configuration.GetSection(EmulatorOptions.Section).Get<EmulatorOptions>() ?? new EmulatorOptions();
using var log = LoggerFactory.Create(static logging =>
    logging.AddFilter("Microsoft", LogLevel.Warning).AddSimpleConsole(static console => console.SingleLine = true));
await using var cluster = await EmulatedCluster.StartAsync(options, log: log);
await cluster.WaitForShutdownAsync();
