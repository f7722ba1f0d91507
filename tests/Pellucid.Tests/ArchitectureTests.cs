using System.Text.RegularExpressions;
using System.Xml.Linq;
using PublicApiGenerator;

namespace Pellucid.Tests;

/// <summary>Who may know whom, how long files and lines may be, and what the library shows to others.</summary>
public sealed class ArchitectureTests
{
    private const int LongestFile = 500, LongestLine = 140;

    private static readonly Dictionary<string, string[]> MayKnow = new()
    {
        ["Files"] = [],
        ["Tensors"] = [],
        ["Tokens"] = ["Files"],
        ["Conversations"] = ["Files", "Tokens"],
        ["Worlds"] = [],
        ["Words"] = ["Files", "Tensors", "Tokens"],
        ["Pictures"] = [],
        ["Drawings"] = ["Pictures"],
        ["Models"] = ["Files", "Tensors", "Tokens", "Conversations"],
        ["Distributed"] = ["Tensors"],
        ["Training"] = ["Files", "Tensors", "Tokens", "Models", "Worlds", "Distributed"],
        ["Tuning"] = ["Files", "Tensors", "Tokens", "Conversations", "Models", "Training", "Generation", "Distributed", "Worlds"],
        ["Generation"] = ["Files", "Tensors", "Tokens", "Conversations", "Constraints", "Models", "Worlds"],
        ["Scaling"] = ["Files", "Tensors", "Models", "Training"],
        ["Looking"] = ["Files", "Tensors", "Tokens", "Words", "Models", "Worlds", "Pictures", "Distributed", "Training"],
        ["Evaluation"] = ["Files", "Tensors", "Tokens", "Models", "Worlds", "Generation", "Distributed"],
        ["Constraints"] = ["Files", "Tokens"],
    };

    private static readonly Dictionary<string, string[]> ProjectsMayKnow = new()
    {
        ["Pellucid"] = [],
        ["Pellucid.Extensions.AI"] = ["Pellucid"],
        ["Pellucid.Web"] = ["Pellucid.Extensions.AI", "Pellucid"],
        ["Pellucid.Mpi"] = ["Pellucid"],
        ["Pellucid.Cli"] = ["Pellucid.Web", "Pellucid.Mpi", "Pellucid"],
    };

    [Fact]
    public void Rooms_of_the_library_know_only_whom_they_may()
    {
        foreach (var path in SourceTree.Files("src/Pellucid"))
        {
            var room = Path.GetRelativePath(Path.Combine(SourceTree.Root, "src/Pellucid"), path).Split(Path.DirectorySeparatorChar)[0];
            var known = Regex.Matches(File.ReadAllText(path), @"\bPellucid\.(\w+)")
                .Select(match => match.Groups[1].Value).Distinct()
                .Where(other => other != room && MayKnow.ContainsKey(other));
            Assert.All(known, other => Assert.True(MayKnow[room].Contains(other), $"{path} uses {other}"));
        }
    }

    [Fact]
    public void Names_of_stored_weights_are_the_families_own()
    {
        string[] names = ["c_attn", "ln_1", "mlp.c_", "o_proj", "gate_proj", "input_layernorm"];
        Assert.All(SourceTree.Files("src").Where(path => !path.Contains("/Families/", StringComparison.Ordinal)), path =>
            Assert.DoesNotContain(names, name => Code(path).Contains(name, StringComparison.Ordinal)));
    }

    // A shape says how long texts can be; how long they may be, a model that was loaded for fewer tokens.
    [Fact]
    public void How_long_a_text_may_be_is_asked_of_the_model()
    {
        var own = Path.Combine(SourceTree.Root, "src/Pellucid/Models");
        foreach (var path in SourceTree.Files("src").Concat(SourceTree.Files("src", "*.razor")).Where(path =>
            !path.StartsWith(own, StringComparison.Ordinal)))
            Assert.DoesNotMatch(@"(Gpt|gpt|Session|session)\.Config\.Context", Code(path));
    }

    // Without comments, which may give an example.
    private static string Code(string path) => string.Join('\n',
        File.ReadLines(path).Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal)));

    [Fact]
    public void Projects_know_only_whom_they_may_and_the_library_takes_no_packages()
    {
        foreach (var (project, allowed) in ProjectsMayKnow)
        {
            var document = XDocument.Load(Path.Combine(SourceTree.Root, "src", project, project + ".csproj"));
            var known = document.Descendants("ProjectReference")
                .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));
            Assert.All(known, other => Assert.Contains(other, allowed));
        }
        Assert.Equal(ProjectsMayKnow.Keys.Order(),
            Directory.GetDirectories(Path.Combine(SourceTree.Root, "src")).Select(Path.GetFileName).Order());
        var library = XDocument.Load(Path.Combine(SourceTree.Root, "src/Pellucid/Pellucid.csproj"));
        Assert.All(library.Descendants("PackageReference"),
            package => Assert.Equal("System.Numerics.Tensors", package.Attribute("Include")!.Value));
    }

    [Fact]
    public void No_file_is_longer_than_can_be_read()
    {
        foreach (var path in SourceTree.Files("src").Concat(SourceTree.Files("tests")))
            Assert.True(File.ReadLines(path).Count() <= LongestFile, path);
    }

    [Fact]
    public void No_line_is_longer_than_can_be_read()
    {
        var tooLong =
            from folder in (string[])["src", "tests", "benchmarks", "samples"]
            from pattern in (string[])["*.cs", "*.razor"]
            from path in SourceTree.Files(folder, pattern)
            from line in File.ReadLines(path).Index()
            where line.Item.Length > LongestLine
            select $"{Path.GetRelativePath(SourceTree.Root, path)}:{line.Index + 1} has {line.Item.Length} columns";
        Assert.Empty(tooLong);
    }

    [Fact]
    public void The_public_surface_is_the_one_on_record()
    {
        var actual = typeof(Pellucid.Models.Gpt).Assembly.GeneratePublicApi(new ApiGeneratorOptions
        {
            ExcludeAttributes = ["System.Reflection.AssemblyMetadataAttribute",
                "System.Runtime.CompilerServices.InternalsVisibleToAttribute"]
        }).ReplaceLineEndings("\n").TrimEnd() + "\n";
        var record = Path.Combine(SourceTree.Root, "tests/Pellucid.Tests/PublicApi.txt");
        var received = Path.ChangeExtension(record, ".received.txt");
        if (File.Exists(record) && File.ReadAllText(record).ReplaceLineEndings("\n") == actual)
        {
            File.Delete(received);
            return;
        }
        File.WriteAllText(received, actual);
        Assert.Fail($"the public surface has changed; if it is meant to, move {received} over {record}");
    }
}
