namespace Pellucid.Tests.Constraints;

/// <summary>A few of the random schemas; a thousand are a long test.</summary>
public sealed class RandomSchemaTests
{
    [Fact]
    public async Task What_a_random_model_writes_by_random_schemas_is_valid_by_another_validator()
    {
        var (written, empty, problem) = await RandomSchemas.RunAsync(seed: 1, schemas: 100);
        Assert.Null(problem);
        Assert.True(written >= 60, $"{written} texts came to their end, {empty} schemas admit none");
    }
}
