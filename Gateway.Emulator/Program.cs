using Gateway.Emulator;

return args is ["--probe", ..] ? await ProbeCommand.RunAsync(args) : await ServeCommand.RunAsync(args);
