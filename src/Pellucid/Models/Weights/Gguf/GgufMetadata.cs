namespace Pellucid.Models.Weights.Gguf;

/// <summary>Keys and values that a GGUF file keeps beside its tensors.</summary>
public sealed class GgufMetadata
{
    private readonly GgufFile _file;

    internal GgufMetadata(GgufFile file) => _file = file;

    /// <summary>Keys in file order.</summary>
    public IReadOnlyCollection<string> Keys => _file.Entries.Keys;

    /// <summary>Whether a key is there.</summary>
    public bool Contains(string key) => _file.Entries.ContainsKey(key);

    /// <summary>The value of a key, or null.</summary>
    public GgufValue? Find(string key) => _file.Entries.TryGetValue(key, out var entry) ? new GgufValue(_file, key, entry) : null;

    /// <summary>The value of a key that must be there.</summary>
    /// <exception cref="InvalidDataException">It is not; the message names file and key.</exception>
    public GgufValue Require(string key) => Find(key) ?? throw _file.Refusal($"key {key} is missing");
}
