using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pellucid.Conversations;
using Pellucid.Generation;

namespace Pellucid.Web.Api.Responses;

/// <summary>A response that is being written: its items, and the events that tell of them in their order.</summary>
/// <param name="response">What stands in it from the start.</param>
internal sealed class ResponseDraft(JsonObject response)
{
    private readonly List<JsonObject> _events = [];
    private readonly JsonArray _output = [];
    private JsonObject? _open;
    private readonly StringBuilder _text = new();
    private JsonArray _logprobs = [];
    private int _sequence, _thoughtTokens, _unplacedTokens;

    /// <summary>The response as it is.</summary>
    public JsonObject Response
    {
        get
        {
            response["output"] = _output.DeepClone();
            return response;
        }
    }

    /// <summary>Events since they were last taken.</summary>
    public IReadOnlyList<JsonObject> Take()
    {
        JsonObject[] events = [.. _events];
        _events.Clear();
        return events;
    }

    public void Begin()
    {
        foreach (var name in (string[])["created", "in_progress"])
            Tell($"response.{name}", ("response", Response.DeepClone()));
    }

    /// <summary>More was written.</summary>
    /// <param name="piece">What was thought, said and called.</param>
    /// <param name="logprobs">How likely what was said is; null where it is not told.</param>
    public void Add(TextPiece piece, ChatLogprobs? logprobs)
    {
        CountThought(piece);
        if (piece.Thought.Length > 0)
            Write("reasoning", piece.Thought, []);
        if (piece.Text.Length > 0)
            Write("message", piece.Text, logprobs is null ? [] : JsonSerializer.SerializeToNode(logprobs, ApiJson.Of<ChatLogprobs>())!
                ["content"]!.DeepClone().AsArray());
        foreach (var call in piece.Calls)
            Call(call);
    }

    /// <summary>All was written.</summary>
    /// <param name="reason">Why it ended.</param>
    /// <param name="usage">How many tokens there were.</param>
    public void End(FinishReason? reason, Usage usage)
    {
        var isWhole = reason is not (FinishReason.Length or FinishReason.BrokenCall);
        if (_output.Count == 0 && _open is null)
            Open("message"); // nothing was said, which is an answer too
        Close(isWhole ? "completed" : "incomplete");
        response["status"] = isWhole ? "completed" : "incomplete";
        if (!isWhole)
            response["incomplete_details"] = new JsonObject { ["reason"] = "max_output_tokens" };
        response["usage"] = new JsonObject
        {
            ["input_tokens"] = usage.PromptTokens,
            ["input_tokens_details"] = new JsonObject { ["cached_tokens"] = usage.PromptTokensDetails.CachedTokens },
            ["output_tokens"] = usage.CompletionTokens,
            ["output_tokens_details"] = new JsonObject { ["reasoning_tokens"] = _thoughtTokens },
            ["total_tokens"] = usage.TotalTokens,
        };
        Tell(isWhole ? "response.completed" : "response.incomplete", ("response", Response.DeepClone()));
    }

    /// <summary>It went wrong.</summary>
    public JsonObject Fail(ApiError error) => new()
    {
        ["type"] = "error",
        ["sequence_number"] = _sequence++,
        ["code"] = error.Code ?? error.Type,
        ["message"] = error.Message,
        ["param"] = error.Param,
    };

    // A token whose characters are held back belongs to what comes of them.
    private void CountThought(TextPiece piece)
    {
        _unplacedTokens += piece.Token is null ? 0 : 1;
        if (piece.Thought.Length > 0)
            _thoughtTokens += _unplacedTokens;
        if (piece.Thought.Length + piece.Text.Length + piece.Calls.Count > 0)
            _unplacedTokens = 0;
    }

    private void Write(string type, string text, JsonArray logprobs)
    {
        if (_open?["type"]!.GetValue<string>() != type)
            Open(type);
        _text.Append(text);
        foreach (var one in logprobs)
            _logprobs.Add(one!.DeepClone());
        var delta = Tell(type == "message" ? "response.output_text.delta" : "response.reasoning_text.delta", Place(withPart: true));
        delta["delta"] = text;
        if (type == "message")
            delta["logprobs"] = logprobs;
    }

    private void Open(string type)
    {
        Close("completed");
        (_open, _logprobs) = (type == "message"
            ? new JsonObject
            {
                ["id"] = NewId("msg"), ["type"] = type, ["status"] = "in_progress", ["role"] = "assistant", ["content"] = new JsonArray(),
            }
            : new JsonObject
            {
                ["id"] = NewId("rs"), ["type"] = type, ["status"] = "in_progress", ["summary"] = new JsonArray(),
                ["content"] = new JsonArray(),
            }, []);
        _text.Clear();
        Tell("response.output_item.added", ("output_index", _output.Count), ("item", _open.DeepClone()));
        Tell("response.content_part.added", [.. Place(withPart: true), ("part", Part())]);
    }

    private void Close(string status)
    {
        if (_open is not { } item)
            return;
        var isMessage = item["type"]!.GetValue<string>() == "message";
        var done = Tell(isMessage ? "response.output_text.done" : "response.reasoning_text.done",
            [.. Place(withPart: true), ("text", $"{_text}")]);
        if (isMessage)
            done["logprobs"] = _logprobs.DeepClone();
        Tell("response.content_part.done", [.. Place(withPart: true), ("part", Part())]);
        item["content"] = new JsonArray(Part());
        EndItem(item, status);
        _open = null;
    }

    private void Call(ToolCall call)
    {
        Close("completed");
        _open = new JsonObject
        {
            ["id"] = NewId("fc"), ["type"] = "function_call", ["status"] = "in_progress", ["call_id"] = call.Id, ["name"] = call.Name,
            ["arguments"] = "",
        };
        Tell("response.output_item.added", ("output_index", _output.Count), ("item", _open.DeepClone()));
        Tell("response.function_call_arguments.delta", [.. Place(withPart: false), ("delta", call.Arguments)]);
        Tell("response.function_call_arguments.done", [.. Place(withPart: false), ("name", call.Name), ("arguments", call.Arguments)]);
        _open["arguments"] = call.Arguments;
        EndItem(_open, "completed");
        _open = null;
    }

    private void EndItem(JsonObject item, string status)
    {
        item["status"] = status;
        Tell("response.output_item.done", ("output_index", _output.Count), ("item", item.DeepClone()));
        _output.Add((JsonNode)item); // as a node: the overload for values needs reflection
    }

    private JsonObject Part() => _open!["type"]!.GetValue<string>() == "message"
        ? new JsonObject
        {
            ["type"] = "output_text", ["text"] = $"{_text}", ["annotations"] = new JsonArray(), ["logprobs"] = _logprobs.DeepClone(),
        }
        : new JsonObject { ["type"] = "reasoning_text", ["text"] = $"{_text}" };

    private (string, JsonNode?)[] Place(bool withPart) => withPart
        ? [("item_id", _open!["id"]!.DeepClone()), ("output_index", _output.Count), ("content_index", 0)]
        : [("item_id", _open!["id"]!.DeepClone()), ("output_index", _output.Count)];

    private JsonObject Tell(string type, params (string Name, JsonNode? Value)[] fields)
    {
        var told = new JsonObject { ["type"] = type, ["sequence_number"] = _sequence++ };
        foreach (var (name, value) in fields)
            told[name] = value;
        _events.Add(told);
        return told;
    }

    public static string NewId(string kind) => $"{kind}_{Guid.NewGuid():n}";
}
