namespace Pellucid.Models;

/// <summary>Published shapes by name (Radford et al. 2019).</summary>
public static class GptPresets
{
    private static readonly (string Name, int Layers, int Heads, int Width)[] Shapes =
    [
        ("gpt2", 12, 12, 768),
        ("gpt2-medium", 24, 16, 1024),
        ("gpt2-large", 36, 20, 1280),
        ("gpt2-xl", 48, 25, 1600),
    ];

    /// <summary>All names.</summary>
    public static IEnumerable<string> Names => Shapes.Select(shape => shape.Name);

    /// <summary>The shape of that name, or null.</summary>
    public static GptConfig? Find(string name)
    {
        foreach (var shape in Shapes)
            if (shape.Name == name)
                return new GptConfig { VocabularySize = 50257, Context = 1024, Layers = shape.Layers, Heads = shape.Heads, Width = shape.Width };
        return null;
    }
}
