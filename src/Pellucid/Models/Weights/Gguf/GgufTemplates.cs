using Pellucid.Conversations;

namespace Pellucid.Models.Weights.Gguf;

/// <summary>Chat templates that a GGUF file holds: one, and others by name.</summary>
internal static class GgufTemplates
{
    private const string Key = "tokenizer.chat_template", NamesKey = "tokenizer.chat_templates";

    /// <summary>The templates of a file; the plain form where there are none.</summary>
    /// <exception cref="InvalidDataException">A template cannot be read.</exception>
    public static ChatTemplate Read(GgufReader reader, GgufVocabulary? vocabulary)
    {
        var (keys, sources) = (reader.Metadata, new Dictionary<string, string>());
        if (keys.Find(Key) is { } single)
            sources[ChatTemplate.DefaultName] = single.Text();
        foreach (var key in keys.Keys.Where(key => key.StartsWith(Key + ".", StringComparison.Ordinal)))
            sources[key[(Key.Length + 1)..]] = keys.Require(key).Text();
        try
        {
            return sources.Count > 0 ? new ChatTemplate(sources, vocabulary?.Named() ?? []) : ChatTemplate.Plain;
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{reader.Path}: {error.Message}", error);
        }
    }

    /// <summary>Adds templates by their names.</summary>
    public static void Write(GgufWriter writer, IReadOnlyDictionary<string, string> sources)
    {
        if (sources.TryGetValue(ChatTemplate.DefaultName, out var single))
            writer.Add(Key, single);
        var others = sources.Keys.Where(name => name != ChatTemplate.DefaultName).Order(StringComparer.Ordinal).ToArray();
        if (others.Length == 0)
            return;
        writer.Add(NamesKey, [.. others.Select(System.Text.Encoding.UTF8.GetBytes)]);
        foreach (var name in others)
            writer.Add($"{Key}.{name}", sources[name]);
    }
}
