using Pellucid.Generation;
using Pellucid.Looking.Features;

namespace Pellucid.Web;

/// <summary>Features that the page for people shows, of whatever model of the page they fit.</summary>
/// <param name="Name">What the page calls them.</param>
/// <param name="Folder">Where they lie, in SAELens's layout.</param>
public sealed record FeatureSource(string Name, string Folder)
{
    /// <summary>The text whose last tenth tells what they fire on, cut for a model; null where none is known.</summary>
    public Func<LanguageModel, CancellationToken, TokenWindows>? Text { get; init; }
}
