using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pellucid.Tests;

namespace Pellucid.Web.Tests;

/// <summary>A small model that knows every character of the recorded requests, and answers to every name in them.</summary>
public sealed class ReplayedModel : ServedModel
{
    private readonly List<JsonElement> _requests = [];

    internal IReadOnlyList<JsonElement> Requests
    {
        get
        {
            if (_requests.Count == 0 && SharedData.Find("clients/requests.jsonl") is { } path)
                _requests.AddRange(File.ReadLines(path).Select(line => JsonDocument.Parse(line).RootElement));
            return _requests;
        }
    }

    internal override HostOptions Options => new()
    {
        MostTokens = 256,
        Aliases = [.. Requests.Select(request => request.GetProperty("body")).Where(body => body.ValueKind == JsonValueKind.Object)
            .Select(body => body.TryGetProperty("model", out var model) ? model.GetString()! : "").Distinct()],
    };

    internal override int Context => 8192;

    internal override string Alphabet =>
        string.Concat(Requests.SelectMany(Texts).Append(base.Alphabet).SelectMany(text => text.EnumerateRunes()).Distinct());

    private static IEnumerable<string> Texts(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().SelectMany(field => Texts(field.Value)),
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Texts),
        JsonValueKind.String => [value.GetString()!],
        _ => [],
    };
}

/// <summary>Requests that clients of many makers have sent: each is answered as its client needs it, or refused by name.</summary>
public sealed partial class ReplayTests(ReplayedModel served) : IClassFixture<ReplayedModel>
{
    // What is not done here.
    private static readonly string[] Refused = ["tools", "tool_choice", "functions", "function_call", "response_format",
        "structured_outputs", "regex", "dimensions"];

    [Fact]
    public async Task Recorded_requests_of_real_clients_are_answered_as_they_need_it_or_refused_by_name()
    {
        Assert.SkipWhen(served.Requests.Count == 0, "needs the recorded requests, which are not beside this checkout");
        var (wrong, answered) = (new List<string>(), 0);
        foreach (var request in served.Requests)
        {
            var problem = await ProblemAsync(request);
            if (problem is { Length: > 0 })
                wrong.Add($"{request.GetProperty("id").GetString()} {request.GetProperty("client").GetString()}: {problem}");
            answered += problem is null ? 1 : 0;
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        TestContext.Current.TestOutputHelper?.WriteLine($"{answered} of {served.Requests.Count} answered, the others refused by name");
        Assert.True(answered >= 130, $"{answered} answered");
    }

    // Null if it was answered, empty if it was refused by name.
    private async Task<string?> ProblemAsync(JsonElement request)
    {
        var (path, must) = (request.GetProperty("path").GetString()!, request.GetProperty("must").GetString()!);
        using var message = new HttpRequestMessage(new HttpMethod(request.GetProperty("method").GetString()!), path);
        if (request.GetProperty("body") is { ValueKind: JsonValueKind.Object } body)
            message.Content = new StringContent(body.GetRawText(), Encoding.UTF8, "application/json");
        using var response = await served.Http.SendAsync(message, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        if ((int)response.StatusCode != 200)
            return IsRefusedByName((int)response.StatusCode, path, JsonDocument.Parse(text).RootElement.GetProperty("error"))
                ? "" : $"{response.StatusCode} {text}";
        if (must.StartsWith("SSE", StringComparison.Ordinal))
            return !text.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal) ? "no [DONE]"
                : must.Contains("usage chunk", StringComparison.Ordinal) && !UsageChunk().IsMatch(text) ? "no chunk of usage" : null;
        var answer = JsonDocument.Parse(text).RootElement;
        if (path.StartsWith("/v1/models", StringComparison.Ordinal))
            return null;
        var (kind, list) = path.Contains("embeddings", StringComparison.Ordinal) ? ("list", "data")
            : path.Contains("chat", StringComparison.Ordinal) ? ("chat.completion", "choices") : ("text_completion", "choices");
        if (answer.GetProperty("object").GetString() != kind)
            return $"is not {kind}";
        var (length, count) = (answer.GetProperty(list).GetArrayLength(), Count().Match(must));
        var each = must.Contains("one choice for each", StringComparison.Ordinal)
            && request.GetProperty("body").TryGetProperty("n", out var n) ? n.GetInt32() : 1;
        if (count.Success && length != each * int.Parse(count.Groups[1].Value))
            return $"has {length} in place of {count.Groups[1].Value}";
        return Alternatives().Match(must) is { Success: true } top && answer.GetProperty("choices")[0].GetProperty("logprobs")
            .GetProperty("content").EnumerateArray().Select(token => token.GetProperty("top_logprobs").GetArrayLength())
            .Any(told => told != int.Parse(top.Groups[1].Value)) ? "other alternatives" : null;
    }

    private static bool IsRefusedByName(int status, string path, JsonElement error) => status switch
    {
        404 => path.StartsWith("/v1/responses", StringComparison.Ordinal) || path.StartsWith("/tokenize", StringComparison.Ordinal)
            || path.StartsWith("/v1/models/", StringComparison.Ordinal),
        400 => error.GetProperty("param").GetString() is { } param
            && (error.GetProperty("message").GetString()!.Contains("outside the vocabulary", StringComparison.Ordinal) // another's
                || Refused.Contains(param) || param.EndsWith(".tool_calls", StringComparison.Ordinal)
                || param.EndsWith(".tool_call_id", StringComparison.Ordinal)),
        _ => false,
    };

    [GeneratedRegex("""data: \{.*"choices":\[\],"usage":\{.*\}\n""")]
    private static partial Regex UsageChunk();

    [GeneratedRegex(@"(?:list of|one choice for each of|;) (\d+)(?: choices| embedding|;|$)")]
    private static partial Regex Count();

    [GeneratedRegex(@"with (\d+) top_logprobs each")]
    private static partial Regex Alternatives();
}
