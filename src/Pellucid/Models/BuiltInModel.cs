namespace Pellucid.Models;

/// <summary>The model that comes with the library: a small GPT that the project trained on its own micro-world.
/// It is a model folder like any other.</summary>
public static class BuiltInModel
{
    /// <summary>What it is called.</summary>
    public const string Name = "tiny";

    /// <summary>Its folder, which lies beside the program.</summary>
    public static string Folder => Path.Combine(AppContext.BaseDirectory, Name);

    /// <summary>What its adapter is called, with which it answers questions about the micro-world.</summary>
    public const string Assistant = "assistant";

    /// <summary>That adapter's folder.</summary>
    public static string AssistantFolder => Path.Combine(Folder, Assistant);

    /// <summary>What another model is called, which adds the horn to animals drawn in TikZ (<see cref="Worlds.Animal"/>).</summary>
    public const string Unicorn = "unicorn";

    /// <summary>That model's folder.</summary>
    public static string UnicornFolder => Path.Combine(AppContext.BaseDirectory, Unicorn);
}
