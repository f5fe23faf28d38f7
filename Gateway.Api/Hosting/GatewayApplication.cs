using Gateway.Api.Callers;
using Gateway.Api.Console;
using Gateway.Api.Endpoints;
using Gateway.Api.Errors;
using Gateway.Api.Facades.Consul;
using Gateway.Api.Facades.Dubbo;
using Gateway.Api.Facades.Eureka;
using Gateway.Api.Facades.Nacos;
using Gateway.Api.Facades.Prometheus;
using Gateway.Api.Facades.Spring;
using Gateway.Api.OpenApi;
using Gateway.Api.Operations;
using Gateway.Core.Registry;
using Gateway.Core.Supervision;
using Microsoft.AspNetCore.HostFiltering;

namespace Gateway.Api.Hosting;

/// <summary>
/// The whole gateway as one application. Nothing in it is static, so several run in one process, each with its own configuration.
/// </summary>
public static class GatewayApplication
{
    // Calls in flight end within this time after SIGTERM; the process exits within 30 s.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(25);

    /// <summary>
    /// Runs until stopped. Returns the process' exit code: 1 if a loop could not continue, else 0. Throws <see cref="InvalidConfigurationException"/>
    /// if an address that it is to listen at cannot be listened at.
    /// </summary>
    public static async Task<int> RunAsync(WebApplication app)
    {
        // Resolved now: the service provider is disposed when the host has ended.
        var supervisor = app.Services.GetRequiredService<LoopSupervisor>();
        var (settings, configuration) = (app.Services.GetRequiredService<GatewaySettings>(), app.Configuration);
        var stopping = app.Lifetime.ApplicationStopping;
        var state = app.Services.GetRequiredService<RegistryState>();
        supervisor.Begin("sync-memory", () => SyncMemory.ReturnAsync(state, stopping));
        try
        {
            await app.RunAsync();
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Stopped during the start: the host cancelled it and disposed what had started.
        }
        catch (Exception e) when (ListenAddresses.FaultOf(e, settings, configuration) is { } fault)
        {
            throw new InvalidConfigurationException(fault);
        }

        return supervisor.GivenUp.IsCompleted ? 1 : 0;
    }

    /// <param name="args">The command line: <c>--Section:Key=value</c>.</param>
    /// <param name="adjust">Changes the builder before it builds, for tests: configuration, logging, time.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? adjust = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            ApplicationName = typeof(GatewayApplication).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
        });
        var links = ServiceLinks.RemoveFrom(builder.Configuration);
        adjust?.Invoke(builder);

        // The host logs a failed start with its stack; the caller of RunAsync reports it.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        builder.Configuration.AddMountedSettings();

        var settings = GatewaySettings.Read(builder.Configuration, builder.Environment);
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = ShutdownTimeout);
        if (settings.IsLocal)
            builder.Configuration.AddReadableConsole();
        builder.WebHost.UseDefaultUrl(builder.Configuration, settings.IsLocal);
        var certificate = RotatingCertificate.From(builder.Configuration);
        var hasCertificate = certificate is not null || builder.Environment.IsDevelopment() || builder.Configuration.GetSection("Kestrel:Certificates:Default").Exists();
        if (ListenAddresses.Validate(builder.Configuration, hasCertificate).ToList() is { Count: > 0 } faults)
            throw new InvalidConfigurationException(faults);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            certificate?.Serve(kestrel);
            kestrel.AddServerHeader = false;
            kestrel.UseGatewayLimits(settings.Limits);
            var connections = kestrel.ApplicationServices.GetRequiredService<ConnectionLimit>();
            kestrel.ConfigureEndpointDefaults(listen => listen.Use(next => connection => connections.CountAsync(connection, next)));
        });
        builder.Services.AddGateway(settings);

        // The platform's own filter of hosts answers 400, and would not let localhost and addresses through: LocalAccess reads AllowedHosts.
        builder.Services.Configure<HostFilteringOptions>(static filter => filter.AllowedHosts = ["*"]);
        builder.Services.AddGatewayOpenApi();
        BoundedFormatter.Wrap(builder.Services);
        var tracing = Tracing.Read(builder.Configuration);
        tracing.AddTo(builder.Services, builder.Configuration);

        var app = builder.Build();
        links.Report(app.Services.GetRequiredService<ILogger<ServiceLinks>>());
        tracing.Report(app.Services.GetRequiredService<ILogger<Tracing>>());
        UnknownSettings.Report(app.Services.GetRequiredService<ILogger<GatewaySettings>>(), settings.Unknown);
        if (settings.IsLocal)
            app.SayWhereToLook(ConsoleEndpoints.PageFor(settings.Console));
        app.UseMiddleware<HttpCallCounter>();
        if (settings.Redis.IsUsed)
            app.UseMiddleware<DegradedHeader>();
        app.UseMiddleware<ProblemBoundary>();
        app.UseMiddleware<ConnectionGuard>();
        if (settings.IsLocal)
            app.UseMiddleware<LocalAccess>((object)settings.AllowedHosts);
        app.UseMiddleware<LookupShortcut>(((IEndpointRouteBuilder)app).DataSources);
        if (settings.Facades.Consul)
            app.UseMiddleware<ConsulShortcut>(((IEndpointRouteBuilder)app).DataSources);
        if (settings.Facades.Eureka)
            app.UseMiddleware<EurekaShortcut>(((IEndpointRouteBuilder)app).DataSources);
        app.UseMiddleware<CallScope>();
        // Once more, so that what it logs has the call's trace.
        app.UseMiddleware<ProblemBoundary>();
        app.UseMiddleware<MethodOverride>();
        app.UseRouting();
        app.MapOperations();
        app.MapConsole(settings.Console, settings.Identity.DevelopmentAnonymous);
        app.MapGatewayOpenApi();
        var v1 = app.MapGroup("/v1");
        ((IEndpointConventionBuilder)v1).Finally(app.Services.GetRequiredService<WriteFilter>().Guard);
        ((IEndpointConventionBuilder)v1).Finally(app.Services.GetRequiredService<WorkLimit>().Guard);
        v1.MapRegistrations();
        v1.MapServices();
        v1.MapWatches();
        v1.MapDubbo();
        if (settings.Facades.Spring)
            app.MapSpring();
        if (settings.Facades.Prometheus)
            app.MapPrometheus();
        if (settings.Facades.Eureka)
            app.MapEureka();
        if (settings.Facades.Consul)
            app.MapConsul();
        if (settings.Facades.Nacos)
            app.MapNacos();
        return app;
    }
}
