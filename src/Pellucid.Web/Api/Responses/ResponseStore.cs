using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pellucid.Web.Api.Responses;

/// <summary>A response that others may go on from.</summary>
/// <param name="Owner">Who asked: only they can see it.</param>
/// <param name="Response">What was answered.</param>
/// <param name="Messages">The conversation with it.</param>
internal sealed record StoredResponse(string Owner, JsonObject Response, IReadOnlyList<ChatMessage> Messages)
{
    /// <summary>Its name.</summary>
    public string Id => Response["id"]!.GetValue<string>();

    /// <summary>Characters of it, about.</summary>
    public long Size { get; } = Response.ToJsonString().Length + Messages.Sum(message => 100L + (message.Content?.GetRawText().Length ?? 0)
        + (message.ReasoningContent?.Length ?? 0)
        + (message.ToolCalls ?? []).Sum(call => 100L + (call.Function.Arguments?.GetRawText().Length ?? 0)));
}

/// <summary>The latest responses, so many and so large at most; the oldest go first, and nothing outlives the server.</summary>
internal sealed class ResponseStore(HostOptions options)
{
    private readonly Dictionary<string, StoredResponse> _stored = [];
    private readonly Queue<string> _order = new();
    private readonly object _lock = new();
    private long _size;

    /// <summary>Whether anything is stored at all.</summary>
    public bool IsOn => options.MostStored > 0;

    public void Add(StoredResponse response)
    {
        lock (_lock)
        {
            _stored[response.Id] = response;
            _order.Enqueue(response.Id);
            _size += response.Size;
            while (_order.Count > 0 && (_stored.Count > options.MostStored || _size > options.MostStoredCharacters))
                Forget(_order.Dequeue());
            if (_order.Count > 2 * options.MostStored)
                Compact();
        }
    }

    /// <summary>One of somebody's responses; null where there is none.</summary>
    public StoredResponse? Find(string id, string owner)
    {
        lock (_lock)
            return _stored.TryGetValue(id, out var found) && found.Owner == owner ? found : null;
    }

    /// <summary>What is written in one of somebody's responses; null where there is none.</summary>
    public JsonElement? FindItem(string id, string owner)
    {
        lock (_lock)
            foreach (var stored in _stored.Values.Where(one => one.Owner == owner))
                foreach (var item in stored.Response["output"]!.AsArray())
                    if (item!["id"]!.GetValue<string>() == id)
                        return JsonDocument.Parse(item.ToJsonString()).RootElement;
        return null;
    }

    /// <summary>Forgets one of somebody's responses; false where there is none.</summary>
    public bool Delete(string id, string owner)
    {
        lock (_lock)
            return Find(id, owner) is not null && Forget(id);
    }

    private bool Forget(string id)
    {
        if (!_stored.Remove(id, out var response))
            return false;
        _size -= response.Size;
        return true;
    }

    // Names of what was deleted do not stay for ever.
    private void Compact()
    {
        string[] left = [.. _order.Where(_stored.ContainsKey)];
        _order.Clear();
        foreach (var id in left)
            _order.Enqueue(id);
    }
}
