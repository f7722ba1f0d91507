using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Pellucid.Web.Api;

/// <summary>How long a request may take: until its client leaves, its time is up, or the server has waited long enough to end.</summary>
internal sealed class RequestTime : IDisposable
{
    private readonly HostOptions _options;
    private readonly CancellationTokenSource _ending = new();

    public RequestTime(HostOptions options, IHostApplicationLifetime life)
    {
        _options = options;
        life.ApplicationStopping.Register(() => _ending.CancelAfter(options.ShutdownTime));
    }

    /// <summary>Whether what still runs is being ended.</summary>
    public bool IsEnding => _ending.IsCancellationRequested;

    /// <summary>Begins to count for a request, or goes on.</summary>
    public CancellationTokenSource Begin(HttpContext context)
    {
        var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _ending.Token);
        if (_options.RequestTime == Timeout.InfiniteTimeSpan)
            return ended;
        var begun = (long)(context.Items[typeof(RequestTime)] ??= Stopwatch.GetTimestamp());
        var left = _options.RequestTime - Stopwatch.GetElapsedTime(begun);
        ended.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        return ended;
    }

    public void Dispose() => _ending.Dispose();
}
