using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Pellucid.Web.Api;

/// <summary>An answer as a stream of events: <c>data: {…}</c>, and <c>data: [DONE]</c> at the end.</summary>
internal sealed class ServerSentEvents(HttpResponse response)
{
    /// <summary>Sends the headers at once: a text that waits for its turn is known to have been taken.</summary>
    public async Task BeginAsync(CancellationToken cancellation)
    {
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no";
        await response.BodyWriter.FlushAsync(cancellation);
    }

    public async Task SendAsync<T>(T data, CancellationToken cancellation)
    {
        response.BodyWriter.Write("data: "u8);
        using (var json = new Utf8JsonWriter(response.BodyWriter, new JsonWriterOptions { Encoder = ApiJson.Options.Encoder }))
            JsonSerializer.Serialize(json, data, ApiJson.Of<T>());
        response.BodyWriter.Write("\n\n"u8);
        await response.BodyWriter.FlushAsync(cancellation);
    }

    /// <summary>Events with names: <c>event: …</c> before each, which is its type.</summary>
    public async Task SendAsync(IReadOnlyList<JsonObject> events, CancellationToken cancellation)
    {
        foreach (var one in events)
        {
            response.BodyWriter.Write(Encoding.UTF8.GetBytes($"event: {one["type"]!.GetValue<string>()}\ndata: "));
            using (var json = new Utf8JsonWriter(response.BodyWriter, new JsonWriterOptions { Encoder = ApiJson.Options.Encoder }))
                one.WriteTo(json);
            response.BodyWriter.Write("\n\n"u8);
        }
        await response.BodyWriter.FlushAsync(cancellation);
    }

    public async Task EndAsync(CancellationToken cancellation)
    {
        response.BodyWriter.Write("data: [DONE]\n\n"u8);
        await response.BodyWriter.FlushAsync(cancellation);
    }
}
