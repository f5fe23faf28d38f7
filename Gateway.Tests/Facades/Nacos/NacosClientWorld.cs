using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Gateway.Emulator.Storage;
using Gateway.Tests.Emulator;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Facades.Nacos;

/// <summary>
/// A gateway at a port that stays the same over restarts, for a client in another process. Calls of Nacos' API come from the pod <c>orders-1</c>, where the
/// gateway knows pods by their address; all others from nowhere.
/// </summary>
internal sealed class NacosClientWorld : IAsyncDisposable
{
    private readonly Dictionary<string, string?> _settings;
    private readonly CalledPaths _calls = new("10.0.0.1");
    private readonly TimeProvider? _time;
    private GatewayUnderTest? _gateway;

    private NacosClientWorld(SmallCluster small, bool bySourceAddress, bool leases, TimeProvider? time)
    {
        (Small, Port, _time) = (small, LoopbackPort.Free(), time);
        _settings = new()
        {
            ["urls"] = $"http://127.0.0.1:{Port}",
            ["Facades:Nacos"] = "true",
            ["Facades:Leases"] = leases ? "true" : "false",
            ["Identity:SourceAddress"] = bySourceAddress ? "true" : "false",
        };
    }

    public SmallCluster Small { get; }

    public int Port { get; }

    public HttpClient Http => _gateway!.Http;

    public int Patches => Small.Cluster.Requests.Count(static request => request.Method == "PATCH");

    public static async Task<NacosClientWorld> StartAsync(bool bySourceAddress, bool leases = true, TimeProvider? time = null)
    {
        var small = await SmallCluster.StartAsync();
        small.Node("node-1", "zone-a");
        var world = new NacosClientWorld(small, bySourceAddress, leases, time);
        world.Pod("orders-1", "10.0.0.1");
        world.Pod("orders-2", "10.0.0.2");
        await world.StartGatewayAsync();
        return world;
    }

    public void Pod(string name, string address)
    {
        Small.Create(ResourceKinds.Pods, $$"""
            {"metadata":{"name":"{{name}}","namespace":"shop"},"spec":{"serviceAccountName":"default","containers":[{"name":"app","image":"example/app:1"}]} }
            """);
        Small.Cluster.Player.Run("shop", name, "node-1", [IPAddress.Parse(address)]);
    }

    public string Token(string pod, TimeSpan? lifetime = null) => Small.Cluster.IssueToken("shop", "default", pod, ["registry-gateway"], lifetime);

    /// <summary>A native body with the token of a pod.</summary>
    public async Task RegisterNativelyAsync(string body, string pod)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/registrations") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token(pod));
        using var answer = await Http.SendAsync(request).Within();
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
    }

    /// <summary>As a rolling update of one replica: stopped, and started at the same port.</summary>
    public async Task RestartAsync()
    {
        await _gateway!.StopAsync();
        await _gateway.DisposeAsync();
        _calls.Clear();
        await StartGatewayAsync();
    }

    /// <summary>Until so many of these calls were answered since the last start.</summary>
    public Task CalledAsync(string call, int times) => _calls.UntilAsync(call, times);

    /// <summary>How many of these calls were answered since the last start.</summary>
    public int Called(string call) => _calls.Count(call);

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
            await _gateway.DisposeAsync();
        await Small.DisposeAsync();
    }

    private async Task StartGatewayAsync() => _gateway = await GatewayUnderTest.StartAsync(
        Small.Cluster.Url, _settings, environment: "Production", time: _time, adjust: builder => builder.Services.AddSingleton<IStartupFilter>(_calls));

    /// <summary>Lets what Nacos' client calls come from one address, and says what was answered with 200.</summary>
    private sealed class CalledPaths(string address) : IStartupFilter
    {
        private readonly Lock _gate = new();
        private readonly List<string> _answered = [];
        private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(async (context, following) =>
            {
                if (context.Request.Path.StartsWithSegments("/nacos"))
                    context.Connection.RemoteIpAddress = IPAddress.Parse(address);
                await following(context);
                if (context.Response.StatusCode == 200)
                    Note($"{context.Request.Method} {context.Request.Path}");
            });
            next(app);
        };

        public void Clear()
        {
            lock (_gate)
                _answered.Clear();
        }

        public int Count(string call)
        {
            lock (_gate)
                return _answered.Count(one => one == call);
        }

        public async Task UntilAsync(string call, int times)
        {
            while (true)
            {
                Task changed;
                lock (_gate)
                {
                    if (_answered.Count(one => one == call) >= times)
                        return;
                    changed = _changed.Task;
                }

                await changed.Within();
            }
        }

        private void Note(string call)
        {
            lock (_gate)
            {
                _answered.Add(call);
                _changed.SetResult();
                _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }
}
