using Gateway.Core.Registration;

namespace Gateway.Api.Hosting;

/// <summary>Sends the Events that writes leave on pods.</summary>
internal sealed class EventSender(RegistrationEvents events) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => events.RunAsync(stoppingToken);
}
