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
}
