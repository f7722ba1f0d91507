using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Json.Schema;
using Pellucid.Conversations;
using Pellucid.Tests;

namespace Pellucid.Web.Tests;

/// <summary>A small model that knows every character of the recorded requests, and answers to every name in them.</summary>
public class ReplayedModel : ServedModel
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
        MostTokens = 512,
        Aliases = [.. Requests.Select(request => request.GetProperty("body")).Where(body => body.ValueKind == JsonValueKind.Object)
            .Select(body => body.TryGetProperty("model", out var model) ? model.GetString()! : "").Distinct()],
    };

    internal override bool HasEnd => true;

    internal override int Context => 16384;

    internal override int Width => 64;

    internal override ChatTemplate Chat => ChatTemplate.Parse(ScriptedModel.Thoughtless);

    internal override string Liked => "\"}],";

    internal override string Alphabet =>
        string.Concat(Requests.SelectMany(Texts).Append(base.Alphabet)
            .Append(new string([.. Enumerable.Range(' ', 95).Select(code => (char)code)]))
            .SelectMany(text => text.EnumerateRunes()).Distinct());

    private static IEnumerable<string> Texts(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().SelectMany(field => Texts(field.Value)),
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Texts),
        JsonValueKind.String => [value.GetString()!],
        _ => [],
    };
}

/// <summary>One whose tokens are as many as clients take them to be that know the tokens of another.</summary>
public sealed class ManyTokensModel : ReplayedModel
{
    internal override string Alphabet => base.Alphabet
        + string.Concat(Enumerable.Range(0x20000, 0x1a000).Select(code => char.ConvertFromUtf32(code)));
}

/// <summary>Requests that clients of many makers have sent: each is answered as its client needs it, or refused by name.</summary>
public sealed partial class ReplayTests(ReplayedModel served, ManyTokensModel large) : IClassFixture<ReplayedModel>,
    IClassFixture<ManyTokensModel>
{
    // What is not done here: vectors of another width.
    private static readonly string[] Refused = ["dimensions"];

    private readonly Dictionary<string, JsonElement> _answers = [];
    private int _judged; // answers that must be of a form, and are

    [Fact]
    public async Task Recorded_requests_of_real_clients_are_answered_as_they_need_it_or_refused_by_name()
    {
        Assert.SkipWhen(served.Requests.Count == 0, "needs the recorded requests, which are not beside this checkout");
        var (wrong, refused) = (new List<string>(), new List<string>());
        foreach (var part in (IEnumerable<JsonElement>[])[served.Requests.Where(one => !one.TryGetProperty("after", out _)),
            served.Requests.Where(one => one.TryGetProperty("after", out _))])
            await Parallel.ForEachAsync(part, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (request, _) =>
            {
                var (id, problem) = (request.GetProperty("id").GetString()!, await ProblemAsync(request));
                lock (wrong)
                    if (problem is { Length: > 0 })
                        wrong.Add($"{id} {request.GetProperty("client").GetString()}: {problem}");
                    else if (problem is not null)
                        refused.Add(id);
            });
        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Order()));
        TestContext.Current.TestOutputHelper?.WriteLine($"{served.Requests.Count - refused.Count} of {served.Requests.Count} answered, "
            + $"refused by name: {string.Join(", ", refused.Order())}; {_judged} have the form that is asked for");
        Assert.True(refused.Count <= 6, $"{refused.Count} refused: {string.Join(", ", refused.Order())}");
        Assert.True(_judged >= 140, $"only {_judged} answers were judged by a form");
    }

    // Null if it was answered, empty if it was refused by name.
    private async Task<string?> ProblemAsync(JsonElement request)
    {
        var (path, must) = (request.GetProperty("path").GetString()!, request.GetProperty("must").GetString()!);
        using var message = new HttpRequestMessage(new HttpMethod(request.GetProperty("method").GetString()!), path);
        if (request.GetProperty("body") is { ValueKind: JsonValueKind.Object } body)
            message.Content = new StringContent(Continued(request, body), Encoding.UTF8, "application/json");
        var asked = LargestToken(request.GetProperty("body")) < served.Model.Tokenizer.VocabularySize ? served : large;
        using var response = await asked.Http.SendAsync(message, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        if ((int)response.StatusCode != 200)
            return IsRefusedByName((int)response.StatusCode, path, JsonDocument.Parse(text).RootElement.GetProperty("error"))
                ? "" : $"{response.StatusCode} {text}";
        if (must.StartsWith("SSE of named", StringComparison.Ordinal))
            return EventProblem(request.GetProperty("id").GetString()!, text, must, request.GetProperty("body"));
        if (must.StartsWith("SSE", StringComparison.Ordinal))
            return ChunkProblem(text, must, request.GetProperty("body"));
        var answer = JsonDocument.Parse(text).RootElement;
        lock (_answers)
            _answers[request.GetProperty("id").GetString()!] = answer;
        return path.StartsWith("/v1/models", StringComparison.Ordinal) ? null
            : path.StartsWith("/token", StringComparison.Ordinal)
                ? answer.TryGetProperty("tokens", out _) || answer.TryGetProperty("chat_template", out _) ? null : "no tokens"
            : path.StartsWith("/v1/responses", StringComparison.Ordinal) ? ResponseProblem(answer, must, request.GetProperty("body"))
            : WholeProblem(answer, path, must, request.GetProperty("body"));
    }

    // What goes on from an answer names what this server called it.
    private string Continued(JsonElement request, JsonElement body)
    {
        var text = body.GetRawText();
        if (!request.TryGetProperty("after", out var after))
            return text;
        JsonElement before;
        lock (_answers)
            before = _answers[after.GetString()!];
        text = text.Replace("resp_PREVIOUS", before.GetProperty("id").GetString()!, StringComparison.Ordinal);
        return Reference().Replace(text, match => match.Value.Replace(match.Groups[1].Value,
            before.GetProperty("output")[0].GetProperty("id").GetString()!, StringComparison.Ordinal));
    }

    private string? WholeProblem(JsonElement answer, string path, string must, JsonElement body)
    {
        var (kind, list) = path.Contains("embeddings", StringComparison.Ordinal) ? ("list", "data")
            : path.Contains("chat", StringComparison.Ordinal) ? ("chat.completion", "choices") : ("text_completion", "choices");
        if (answer.GetProperty("object").GetString() != kind)
            return $"is not {kind}";
        var (length, count) = (answer.GetProperty(list).GetArrayLength(), Count().Match(must));
        var each = must.Contains("one choice for each", StringComparison.Ordinal) && body.TryGetProperty("n", out var n) ? n.GetInt32() : 1;
        if (count.Success && length != each * int.Parse(count.Groups[1].Value))
            return $"has {length} in place of {count.Groups[1].Value}";
        if (Alternatives().Match(must) is { Success: true } top && answer.GetProperty("choices")[0].GetProperty("logprobs")
            .GetProperty("content").EnumerateArray().Select(token => token.GetProperty("top_logprobs").GetArrayLength())
            .Any(told => told != int.Parse(top.Groups[1].Value)))
            return "other alternatives";
        if (kind == "text_completion" && must.Contains("exactly one entry more", StringComparison.Ordinal))
            foreach (var choice in answer.GetProperty("choices").EnumerateArray())
            {
                var told = choice.GetProperty("logprobs");
                if (told.GetProperty("token_logprobs")[0].ValueKind != JsonValueKind.Null
                    || told.GetProperty("tokens").GetArrayLength() != told.GetProperty("text_offset").GetArrayLength())
                    return "not each token is told";
            }
        if (kind != "chat.completion")
            return null;
        foreach (var choice in answer.GetProperty("choices").EnumerateArray())
            if (Said(choice.GetProperty("message"), choice.GetProperty("finish_reason").GetString()!, must, body) is { } problem)
                return problem;
        return null;
    }

    private string? ChunkProblem(string text, string must, JsonElement body)
    {
        if (!text.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal))
            return "no [DONE]";
        if (must.Contains("usage chunk", StringComparison.Ordinal) && !UsageChunk().IsMatch(text))
            return "no chunk of usage";
        if (must.StartsWith("SSE of text", StringComparison.Ordinal))
            return null;
        var (said, calls, finish) = (new StringBuilder(), new JsonArray(), "");
        foreach (var choice in text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(one => one != "data: [DONE]")
            .SelectMany(one => JsonDocument.Parse(one["data: ".Length..]).RootElement.GetProperty("choices").EnumerateArray())
            .Where(one => one.GetProperty("index").GetInt32() == 0))
        {
            var delta = choice.GetProperty("delta");
            said.Append(delta.TryGetProperty("content", out var content) ? content.GetString() : "");
            foreach (var call in delta.TryGetProperty("tool_calls", out var list) ? list.EnumerateArray().ToArray() : [])
                if (call.GetProperty("index").GetInt32() != calls.Count)
                    return "a call out of its place";
                else
                    calls.Add(JsonNode.Parse(call.GetRawText()));
            finish = choice.GetProperty("finish_reason").GetString() ?? finish;
        }
        var message = new JsonObject { ["content"] = said.ToString(), ["tool_calls"] = calls };
        return Said(JsonDocument.Parse(message.ToJsonString()).RootElement, finish, must, body);
    }

    private string? EventProblem(string id, string text, string must, JsonElement body)
    {
        var events = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(one => JsonDocument.Parse(one[(one.IndexOf("\ndata: ", StringComparison.Ordinal) + 7)..]).RootElement).ToArray();
        if (events.Select((one, index) => one.GetProperty("sequence_number").GetInt32() != index).Any(wrong => wrong))
            return "numbers out of order";
        lock (_answers)
            _answers[id] = events[^1].TryGetProperty("response", out var whole) ? whole : default;
        var (first, last) = (events[0].GetProperty("type").GetString(), events[^1].GetProperty("type").GetString());
        return first != "response.created" || last is not ("response.completed" or "response.incomplete") ? $"{first} … {last}"
            : ResponseProblem(events[^1].GetProperty("response"), must, body);
    }

    private string? ResponseProblem(JsonElement response, string must, JsonElement body)
    {
        if (response.GetProperty("object").GetString() == "response" && response.GetProperty("status").GetString() == "incomplete")
            return response.GetProperty("incomplete_details").GetProperty("reason").GetString() == "max_output_tokens"
                ? Said(default, "length", must, body) : "says no why";
        if ((response.GetProperty("object").GetString(), response.GetProperty("status").GetString()) != ("response", "completed"))
            return $"is {response.GetProperty("status")}: {response.GetRawText()}";
        var (said, calls) = (new StringBuilder(), new JsonArray());
        foreach (var item in response.GetProperty("output").EnumerateArray())
            if (item.GetProperty("type").GetString() == "message")
                said.Append(item.GetProperty("content")[0].GetProperty("text").GetString());
            else if (item.GetProperty("type").GetString() == "function_call")
                calls.Add(new JsonObject { ["id"] = item.GetProperty("call_id").GetString(), ["type"] = "function", ["function"] =
                    new JsonObject { ["name"] = item.GetProperty("name").GetString(),
                        ["arguments"] = item.GetProperty("arguments").GetString() } });
        var message = new JsonObject { ["content"] = said.ToString(), ["tool_calls"] = calls };
        return Said(JsonDocument.Parse(message.ToJsonString()).RootElement, calls.Count > 0 ? "tool_calls" : "stop", must, body);
    }

    // Calls must fit their tools wherever one must be called, and what is said its schema. Only where nothing is asked of what is said
    // may it break off: the model comes to an end as soon as it may.
    private string? Said(JsonElement message, string finish, string must, JsonElement body)
    {
        var isCall = must.Contains("a call of", StringComparison.Ordinal) || must.Contains("function_call of", StringComparison.Ordinal)
            || must.Contains("at least one", StringComparison.Ordinal);
        var hasForm = isCall || must.Contains("JSON", StringComparison.Ordinal);
        if (finish == "length")
            return hasForm ? "breaks off" : null;
        if (hasForm)
            Interlocked.Increment(ref _judged);
        var calls = message.TryGetProperty("tool_calls", out var list) ? list.EnumerateArray().ToArray() : [];
        if (isCall && (calls.Length == 0 || finish != "tool_calls"))
            return $"no call: {finish} {message.GetRawText()}";
        if (must.Contains("no tool_calls", StringComparison.Ordinal) && calls.Length > 0)
            return "a call";
        if (must.Contains("at most one call", StringComparison.Ordinal) && calls.Length > 1)
            return "more than one call";
        foreach (var call in calls)
            if (CallProblem(call.GetProperty("function"), must, body) is { } problem)
                return problem;
        if (calls.Length > 0 || !must.Contains("JSON", StringComparison.Ordinal) || isCall)
            return null;
        var text = message.GetProperty("content").GetString()!;
        if (finish != "stop")
            return $"ends with {finish}: {text[..Math.Min(300, text.Length)]}";
        return must.Contains("a JSON object", StringComparison.Ordinal)
            ? JsonNode.Parse(text) is JsonObject ? null : "no object" : Fits(text, Schema(body)) ? null : $"does not fit: {text}";
    }

    private static string? CallProblem(JsonElement function, string must, JsonElement body)
    {
        var name = function.GetProperty("name").GetString()!;
        if (Named().Match(must) is { Success: true } asked && asked.Groups[1].Value != name && asked.Groups[1].Value != "a")
            return $"a call of {name}";
        var tools = body.GetProperty(body.TryGetProperty("functions", out _) ? "functions" : "tools").EnumerateArray()
            .Select(tool => tool.TryGetProperty("function", out var inner) ? inner : tool);
        var called = tools.FirstOrDefault(tool => tool.GetProperty("name").GetString() == name);
        if (called.ValueKind != JsonValueKind.Object)
            return $"a call of {name}, which is no tool";
        return !called.TryGetProperty("parameters", out var parameters)
            || Fits(function.GetProperty("arguments").GetString()!, parameters.GetRawText()) ? null
            : $"arguments do not fit: {function.GetProperty("arguments")}";
    }

    private static string Schema(JsonElement body) => body.TryGetProperty("response_format", out var format)
        ? format.GetProperty("json_schema").GetProperty("schema").GetRawText()
        : body.GetProperty("text").GetProperty("format").GetProperty("schema").GetRawText();

    private static bool Fits(string json, string schema) =>
        JsonSchema.FromText(schema).Evaluate(JsonNode.Parse(json), new EvaluationOptions { OutputFormat = OutputFormat.Flag }).IsValid;

    // Of a prompt that is tokens, and of biases.
    private static int LargestToken(JsonElement body) => body.ValueKind != JsonValueKind.Object ? -1
        : body.EnumerateObject().Where(field => field.Name is "prompt" or "input" or "logit_bias")
            .SelectMany(field => Numbers(field.Value)).DefaultIfEmpty(-1).Max();

    private static IEnumerable<int> Numbers(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Numbers),
        JsonValueKind.Object => value.EnumerateObject().Where(bias => int.TryParse(bias.Name, out _)).Select(bias => int.Parse(bias.Name)),
        JsonValueKind.Number => [value.GetInt32()],
        _ => [],
    };

    private static bool IsRefusedByName(int status, string path, JsonElement error) => status switch
    {
        404 => path.StartsWith("/v1/models/", StringComparison.Ordinal),
        400 => Refused.Contains(error.GetProperty("param").GetString()),
        _ => false,
    };

    [GeneratedRegex("""data: \{.*"choices":\[\],"usage":\{.*\}\n""")]
    private static partial Regex UsageChunk();

    [GeneratedRegex(@"(?:list of|one choice for each of|;) (\d+)(?: choices| embedding|;|$)")]
    private static partial Regex Count();

    [GeneratedRegex(@"with (\d+) top_logprobs each")]
    private static partial Regex Alternatives();

    [GeneratedRegex(@"(?:a call of|function_call of) (\w+)")]
    private static partial Regex Named();

    [GeneratedRegex("\"item_reference\",\\s*\"id\":\\s*\"(\\w+)\"")]
    private static partial Regex Reference();
}
