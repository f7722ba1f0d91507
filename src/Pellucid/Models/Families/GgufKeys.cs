using Pellucid.Models.Weights.Gguf;

namespace Pellucid.Models.Families;

/// <summary>Collects the keys of an architecture, under its name, and the tables that stand beside the weights.</summary>
internal sealed class GgufKeys(GgufWriter writer, string architecture)
{
    public void Add(string name, int value) => writer.Add($"{architecture}.{name}", (uint)value);

    public void Add(string name, double value) => writer.Add($"{architecture}.{name}", (float)value);

    public void Add(string name, string value) => writer.Add($"{architecture}.{name}", value);

    public void Add(string name, bool value) => writer.Add($"{architecture}.{name}", value);

    public void Add(string name, IReadOnlyList<bool> values) => writer.Add($"{architecture}.{name}", values);

    /// <summary>Adds a vector of singles.</summary>
    public void AddTable(string name, float[] numbers) => writer.AddTensor(name, "f32", [numbers.Length],
        (first, part) => numbers.AsSpan((int)first, part.Length).CopyTo(part));
}
